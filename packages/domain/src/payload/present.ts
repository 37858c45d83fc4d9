import { utf8Text } from '@mission-control/contracts';

/** How a payload is shown to readers. */
export interface PresentedPayload {
  /** `json`: the sender's JSON as written; `text`: the body as a JSON string; `base64`: the bytes as a JSON string. */
  readonly encoding: 'json' | 'text' | 'base64';
  /** A complete JSON text, to be embedded without parsing it again. */
  readonly json: string;
}

/** Deeper JSON is shown as text, so that no reader's parser overflows. */
export const deepestEmbeddedJson = 128;

/**
 * Shows a body: JSON is embedded as the sender wrote it (digits, duplicate keys and all), other text and deeper JSON is a
 * string, bytes that are not UTF-8 are base64, nothing at all is `{}`. A byte order mark before JSON is left out.
 */
export const presentPayload = (body: Uint8Array): PresentedPayload => {
  if (body.length === 0) return { encoding: 'json', json: '{}' };
  const text = utf8Text(body);
  if (text === null)
    return { encoding: 'base64', json: JSON.stringify(Buffer.from(body).toString('base64')) };
  const withoutMark = text.startsWith('\ufeff') ? text.slice(1) : text;
  if (isJson(withoutMark) && jsonDepth(withoutMark) <= deepestEmbeddedJson) {
    return { encoding: 'json', json: withoutMark.trim() };
  }
  return { encoding: 'text', json: JSON.stringify(text) };
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** Deepest nesting of arrays and objects in a valid JSON text. */
const jsonDepth = (json: string): number => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < json.length; i += 1) {
    const character = json[i];
    if (inString) {
      if (character === '\\') i += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
};
