import type { Content } from '@mission-control/contracts';

/** A body as a JSON document. */
export interface BodyDocument {
  readonly text: string;
  readonly value: unknown;
}

/**
 * What a JSON pointer reaches into: the document that readers are shown. null: there is none.
 *
 * JSON that is not UTF-8, and that no declared charset explains, is read as the first releases read it: the names they found stay.
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

/** https://tc39.es/ecma262/#sec-internalizejsonproperty: a reviver is told how a primitive value was written. */
type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * A JSON text with its numbers as they are written. null when it nests some thousand levels deep: a reviver is called by recursion.
 */
export const withNumbersAsText = (json: string): unknown => {
  try {
    return parse(json.replace(/^\ufeff/, ''), (_, value, { source }) =>
      typeof value === 'number' ? source : value,
    );
  } catch {
    return null;
  }
};
