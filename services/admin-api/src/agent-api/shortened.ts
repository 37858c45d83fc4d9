/**
 * A JSON text of at most `maxChars` characters of the payload: as it is where it fits, else its beginning as a JSON string.
 * No pair of surrogates is cut.
 */
export const shortened = (
  json: string,
  maxChars: number | undefined,
): { readonly json: string; readonly truncated: boolean } => {
  if (maxChars === undefined || json.length <= maxChars) return { json, truncated: false };
  const cutsPair = /[\ud800-\udbff]/.test(json[maxChars - 1] ?? '');
  return { json: JSON.stringify(json.slice(0, cutsPair ? maxChars - 1 : maxChars)), truncated: true };
};
