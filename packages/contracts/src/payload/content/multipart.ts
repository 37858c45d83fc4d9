import { ContentDisposition } from '@remix-run/headers';
import { type MultipartPart, parseMultipart } from '@remix-run/multipart-parser';
import { utf8Text } from '../body-envelope.ts';
import { isCharset, textInCharset } from './charset.ts';
import { fieldJson, fieldsJson, mostFields } from './fields.ts';
import { mediaTypeOf } from './media-type.ts';

/** RFC 2046, section 5.1.1. The time that a search takes grows with the length of the boundary. */
const longestBoundary = 70;

/**
 * The parts of a multipart form (RFC 7578) as a JSON object: text and JSON as in a form, a file as its name, type and size. null: the body
 * is malformed or has too many parts, or the boundary has an invalid length.
 */
export const multipartJson = (bytes: Uint8Array, boundary: string): string | null => {
  if (boundary.length === 0 || boundary.length > longestBoundary) return null;
  try {
    const parts = parseMultipart(bytes, {
      boundary,
      maxParts: mostFields,
      maxFileSize: bytes.length,
      maxTotalSize: bytes.length,
    });
    return fieldsJson(Array.from(parts, fieldOf));
  } catch {
    return null;
  }
};

const fieldOf = (part: MultipartPart): readonly [name: string, json: string] => {
  const disposition = ContentDisposition.from(part.headers['content-disposition'] ?? null);
  if (disposition.name === undefined) throw new Error('A part has no name.');
  return [disposition.name, partJson(part, fileNameOf(disposition))];
};

/** The library's decoder writes a warning to the console for an unknown charset, so such a name is kept as it was sent. */
const fileNameOf = (disposition: ContentDisposition): string | undefined => {
  const { filename, filenameSplat } = disposition;
  const charset = /^[\w-]+(?=')/.exec(filenameSplat ?? '')?.[0];
  return charset === undefined || isCharset(charset)
    ? disposition.preferredFilename
    : (filename ?? filenameSplat);
};

const partJson = (part: MultipartPart, filename: string | undefined): string => {
  const type = part.headers['content-type'] ?? null;
  const text = filename === undefined ? partText(part, type) : null;
  return text === null
    ? JSON.stringify({ filename: filename ?? null, type, size: part.size })
    : fieldJson(text);
};

/** null: the bytes are not text. */
const partText = ({ bytes }: MultipartPart, type: string | null): string | null =>
  textInCharset(bytes, mediaTypeOf(type)?.charset ?? null) ?? utf8Text(bytes);
