import { cutEscaped } from '@mission-control/domain';

/**
 * A JSON text of at most `maxChars` characters of the payload: as it is where it fits, else its beginning as a JSON string.
 * No pair of surrogates and no escape is cut.
 */
export const shortened = (
  json: string,
  maxChars: number | undefined,
): { readonly json: string; readonly truncated: boolean } =>
  maxChars === undefined || json.length <= maxChars
    ? { json, truncated: false }
    : { json: JSON.stringify(cutEscaped(json, maxChars, 'json')), truncated: true };
