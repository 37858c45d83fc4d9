import { utf8Text } from '../body-envelope.ts';
import { textInCharset } from './charset.ts';
import { formJson } from './form.ts';
import { parseJson } from './json.ts';
import { type MediaType, mediaTypeOf } from './media-type.ts';
import { multipartJson } from './multipart.ts';

/** What a body says. */
export type Decoded =
  | {
      /** `json`: the body is JSON, whatever its sender calls it; `form`, `multipart`: its fields as a JSON object. */
      readonly kind: 'json' | 'form' | 'multipart';
      /** The JSON text; in JSON of the sender's own, perhaps with white space or a byte order mark around it. */
      readonly text: string;
      readonly value: unknown;
    }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes' };

/**
 * The one decoding of a body: whoever reads it reads this. JSON in UTF-8 comes first, since senders often mislabel it; then what the byte
 * order mark and the content type say. Never throws: what cannot be read so is text, and what is no text is bytes.
 */
export const decode = (bytes: Uint8Array, contentType: string | null): Decoded => {
  if (bytes.length === 0) return { kind: 'json', text: '{}', value: {} };
  const utf8 = utf8Text(bytes);
  const json = utf8 === null ? null : jsonIn(utf8);
  if (json) return json;
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
  if (type?.essence === 'multipart/form-data' && type.boundary) {
    return documentOf('multipart', multipartJson(bytes, type.boundary));
  }
  return null;
};

const documentOf = (kind: 'form' | 'multipart', json: string | null): Decoded | null =>
  json === null ? null : { kind, text: json, value: JSON.parse(json) };
