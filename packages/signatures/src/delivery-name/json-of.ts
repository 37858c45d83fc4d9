/** The body as JSON; null when it is none. */
export const jsonOf = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
};

/** https://tc39.es/ecma262/#sec-internalizejsonproperty: a reviver is told how a primitive value was written. */
type Reviver = (key: string, value: unknown, context: { readonly source: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/**
 * The body as JSON with its numbers as the text that stands there. null when it is none, or when it nests some thousand levels deep: a
 * reviver is called by recursion.
 */
export const jsonWithNumbersAsText = (body: Buffer): unknown => {
  try {
    return parse(body.toString('utf8'), (_, value, { source }) =>
      typeof value === 'number' ? source : value,
    );
  } catch {
    return null;
  }
};
