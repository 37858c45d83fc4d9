import type { Content } from '@mission-control/contracts';

/** A body as a JSON document. */
export interface BodyDocument {
  readonly text: string;
  readonly value: unknown;
}

/**
 * The document that a JSON pointer is applied to, which is the one that readers are shown; null: there is none.
 *
 * JSON that is not UTF-8 and has no declared charset that explains it is read as in the first releases, so that the same names are
 * found.
 */
export const documentIn = ({ bytes, decoded }: Content): BodyDocument | null => {
  if ('value' in decoded) return decoded;
  const text = bytes.toString('utf8');
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    return null;
  }
};

/** https://tc39.es/ecma262/#sec-internalizejsonproperty: a reviver gets the source text of a primitive value. */
type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Parses JSON with numbers kept as written. null when it nests some thousand levels deep, because a reviver is called recursively. */
export const withNumbersAsText = (json: string): unknown => {
  try {
    return parse(json.replace(/^\ufeff/, ''), (_, value, { source }) =>
      typeof value === 'number' ? source : value,
    );
  } catch {
    return null;
  }
};
