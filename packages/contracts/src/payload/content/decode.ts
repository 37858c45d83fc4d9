import { utf8Text } from '../body-envelope.ts';
import { textInCharset } from './charset.ts';
import { formJson } from './form.ts';
import { parseJson } from './json.ts';
import { type MediaType, mediaTypeOf } from './media-type.ts';
import { multipartJson } from './multipart.ts';

/** The decoded content of a body. */
export type Decoded =
  | {
      /** `json`: the body is JSON, whatever its content type; `form`, `multipart`: its fields as a JSON object. */
      readonly kind: 'json' | 'form' | 'multipart';
      /** The JSON text. The sender's own JSON may have white space or a byte order mark around it. */
      readonly text: string;
      readonly value: unknown;
    }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes' };

/**
 * Decodes a body. All readers of bodies use this function. JSON in UTF-8 is tried first, since senders often mislabel it; then the byte
 * order mark and the content type decide. Never throws: a body that cannot be decoded that way is text, or bytes if it is not text.
 *
 * @param body its bytes, or the text whose UTF-8 they are
 */
export const decode = (body: Uint8Array | string, contentType: string | null): Decoded => {
  if (body.length === 0) return { kind: 'json', text: '{}', value: {} };
  const utf8 = typeof body === 'string' ? body : utf8Text(body);
  const json = utf8 === null ? null : jsonIn(utf8);
  if (json) return json;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const type = mediaTypeOf(contentType);
  const declared = textInCharset(bytes, type?.charset ?? null);
  const text = declared ?? utf8;
  return (
    (declared === null ? null : jsonIn(declared)) ??
    fieldsIn(bytes, text, type) ??
    (text === null ? { kind: 'bytes' } : { kind: 'text', text })
  );
};

const jsonIn = (text: string): Decoded | null => {
  const value = parseJson(text);
  return value === undefined ? null : { kind: 'json', text, value };
};

const fieldsIn = (bytes: Uint8Array, text: string | null, type: MediaType | null): Decoded | null => {
  if (type?.essence === 'application/x-www-form-urlencoded' && text !== null) {
    return documentOf('form', formJson(bytes, text, type.charset));
  }
  if (type?.essence === 'multipart/form-data' && type.boundary !== null) {
    return documentOf('multipart', multipartJson(bytes, type.boundary));
  }
  return null;
};

const documentOf = (kind: 'form' | 'multipart', json: string | null): Decoded | null =>
  json === null ? null : { kind, text: json, value: JSON.parse(json) };
