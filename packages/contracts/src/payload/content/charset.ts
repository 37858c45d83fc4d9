import { TextDecoder } from 'node:util';

/**
 * Decodes bytes in an encoding other than UTF-8: as UTF-16 if they begin with its byte order mark, else in the declared charset
 * (https://encoding.spec.whatwg.org). The mark is omitted. null: there is no mark and no known charset, or the bytes are not valid in it.
 */
export const textInCharset = (bytes: Uint8Array, charset: string | null): string | null => {
  const decoder = decoderOf(bytes, charset);
  // A mark alone is not text.
  return (decoder && decodeStrictly(decoder, bytes)) || null;
};

/** A strict decoder for the encoding that the mark or the declared charset names. null: it is UTF-8, unknown or not named. */
export const decoderOf = (bytes: Uint8Array, charset: string | null): TextDecoder | null => {
  const label = markedCharset(bytes) ?? charset;
  if (label === null) return null;
  try {
    const decoder = new TextDecoder(label, { fatal: true });
    return decoder.encoding === 'utf-8' ? null : decoder;
  } catch {
    return null;
  }
};

export const isCharset = (label: string): boolean => {
  try {
    new TextDecoder(label);
    return true;
  } catch {
    return false;
  }
};

/** null: the bytes are not valid in the encoding. */
export const decodeStrictly = (decoder: TextDecoder, bytes: Uint8Array): string | null => {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
};

const markedCharset = ([first, second, third, fourth]: Uint8Array): string | null => {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Followed by two zeros, it is the mark of UTF-32, for which there is no decoder.
  if (first === 0xff && second === 0xfe && !(third === 0 && fourth === 0)) return 'utf-16le';
  return null;
};
