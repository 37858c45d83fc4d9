import type { TextDecoder } from 'node:util';
import { decoderOf, decodeStrictly } from './charset.ts';
import { fieldJson, fieldsJson, mostFields } from './fields.ts';

/** A name, encoded as in forms, and an equals sign. Needed because curl also declares XML and broken JSON as a form. */
const beginsAsForm = /^(?![[{<])[^\s<>{}"=]*=/;

/** Changes the meaning of the bytes that follow in ISO-2022-JP, so that `&`, `=`, `+` and `%` can be halves of characters. */
const escapeByte = 0x1b;

/**
 * A form (https://url.spec.whatwg.org/#urlencoded-parsing) as a JSON object, with its percent-encoded bytes decoded in the declared
 * charset. null: it is not a form, has too many fields, or has an ISO-2022-JP
 * escape that is not percent-encoded.
 *
 * @param text the decoded bytes
 */
export const formJson = (bytes: Uint8Array, text: string, charset: string | null): string | null => {
  if (!beginsAsForm.test(text) || text.split('&', mostFields + 1).length > mostFields) return null;
  const decoder = decoderOf(bytes, charset);
  if (decoder?.encoding === 'iso-2022-jp' && bytes.includes(escapeByte)) return null;
  // The percent-encoded bytes of a form in UTF-16 are UTF-8 (https://html.spec.whatwg.org/#selecting-a-form-submission-encoding).
  const fields =
    decoder && !decoder.encoding.startsWith('utf-16')
      ? fieldsInCharset(bytes, decoder)
      : new URLSearchParams(text.startsWith('?') ? `&${text}` : text);
  return fieldsJson(Array.from(fields, ([name, value]) => [name, fieldJson(value)] as const));
};

/**
 * The fields of a form in a charset other than UTF-8, the only one that `URLSearchParams` supports. Bytes are handled as Latin-1
 * characters until they are decoded, because in Shift_JIS a percent-encoded byte and a letter can form one character.
 */
const fieldsInCharset = (bytes: Uint8Array, decoder: TextDecoder): [name: string, value: string][] =>
  Buffer.from(bytes)
    .toString('latin1')
    .split('&')
    .filter((field) => field !== '')
    .map((field) => {
      const [name = '', ...value] = field.split('=');
      return [decodedPart(name, decoder), decodedPart(value.join('='), decoder)];
    });

/** A part that is not valid in the charset is decoded as UTF-8. */
const decodedPart = (part: string, decoder: TextDecoder): string => {
  const unescaped = part
    .replaceAll('+', ' ')
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const bytes = Buffer.from(unescaped, 'latin1');
  return decodeStrictly(decoder, bytes) ?? bytes.toString('utf8');
};
