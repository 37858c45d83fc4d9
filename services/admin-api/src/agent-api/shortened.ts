import { cutEscaped } from '@mission-control/domain';

/**
 * The payload as JSON text of at most `maxChars` characters: unchanged if it fits, otherwise its beginning as a JSON string. No
 * surrogate pair and no escape is split.
 */
export const shortened = (
  json: string,
  maxChars: number | undefined,
): { readonly json: string; readonly truncated: boolean } =>
  maxChars === undefined || json.length <= maxChars
    ? { json, truncated: false }
    : { json: JSON.stringify(cutEscaped(json, maxChars, 'json')), truncated: true };
