/** JSON that is nested deeper is shown as text, so that no reader's parser overflows. */
export const deepestEmbeddedJson = 128;

/** The deepest nesting of arrays and objects in a valid JSON text. */
export const jsonDepth = (json: string): number => {
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

/** Parses JSON, ignoring a byte order mark at the beginning. undefined: the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
};
