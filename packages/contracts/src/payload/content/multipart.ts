import { type MultipartPart, parseMultipart } from '@remix-run/multipart-parser';
import { utf8Text } from '../body-envelope.ts';
import { textInCharset } from './charset.ts';
import { fieldJson, fieldsJson, mostFields } from './fields.ts';
import { mediaTypeOf } from './media-type.ts';

/**
 * The parts of a multipart form (RFC 7578) as a JSON object: text and JSON as in a form, a file as its name, type and size. null: the body
 * is malformed or has too many parts.
 */
export const multipartJson = (bytes: Uint8Array, boundary: string): string | null => {
  try {
    const parts = parseMultipart(bytes, {
      boundary,
      maxParts: mostFields,
      maxFileSize: bytes.length,
      maxTotalSize: bytes.length,
    });
    return fieldsJson(Array.from(parts, (part) => [nameOf(part), partJson(part)] as const));
  } catch {
    return null;
  }
};

const nameOf = ({ name }: MultipartPart): string => {
  if (name === undefined) throw new Error('A part has no name.');
  return name;
};

const partJson = (part: MultipartPart): string => {
  const type = part.headers['content-type'] ?? null;
  const text = part.filename === undefined ? partText(part, type) : null;
  return text === null
    ? JSON.stringify({ filename: part.filename ?? null, type, size: part.size })
    : fieldJson(text);
};

/** null: the bytes are not text. */
const partText = ({ bytes }: MultipartPart, type: string | null): string | null =>
  textInCharset(bytes, mediaTypeOf(type)?.charset ?? null) ?? utf8Text(bytes);
