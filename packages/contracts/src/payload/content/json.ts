import { endOfString } from './json-strings.ts';

/** JSON that is nested deeper is shown as text, so that no reader's parser overflows. */
export const deepestEmbeddedJson = 128;

/** The deepest nesting of arrays and objects in a valid JSON text. */
export const jsonDepth = (json: string): number => {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === 0x22) at = endOfString(json, at) - 1;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
};

/** Parses JSON, ignoring a byte order mark at the beginning. undefined: the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
};
