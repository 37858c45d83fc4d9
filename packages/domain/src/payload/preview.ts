/** Characters of a payload that a text shows at most. */
export const previewLength = 4_000;

const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * The beginning of a payload for people and agents: JSON indented as the sender ordered it, control and
 * direction-turning characters written as escapes, cut after 4,000 characters without splitting a character.
 *
 * @param json a complete JSON text, from `presentPayload`
 */
export const previewOf = (presented: {
  encoding: 'json' | 'form' | 'multipart' | 'text' | 'base64';
  json: string;
}): {
  text: string;
  cut: boolean;
} => {
  const whole =
    presented.encoding === 'text' || presented.encoding === 'base64'
      ? (JSON.parse(presented.json) as string)
      : indentJson(presented.json, previewLength);
  const visible = whole
    .slice(0, previewLength + 1)
    .replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (visible.length <= previewLength) return { text: visible, cut: false };
  const end = isHighSurrogate(visible.charCodeAt(previewLength - 1)) ? previewLength - 1 : previewLength;
  return { text: visible.slice(0, end), cut: true };
};

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/**
 * Indents a JSON text by two spaces without reading its values, so that digits and duplicate keys stay as they are. Stops soon
 * after `enough` characters.
 */
const indentJson = (json: string, enough: number): string => {
  let out = '';
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (let i = 0; i < json.length && out.length <= enough; i += 1) {
    const character = json[i] as string;
    if (character === '"') {
      const end = endOfString(json, i);
      out += json.slice(i, end);
      i = end - 1;
    } else if (character === '{' || character === '[') {
      const close = nextToken(json, i + 1);
      if (json[close] === '}' || json[close] === ']') {
        out += character + json[close];
        i = close;
      } else {
        depth += 1;
        out += character + newLine();
      }
    } else if (character === '}' || character === ']') {
      depth -= 1;
      out += newLine() + character;
    } else if (character === ',') out += character + newLine();
    else if (character === ':') out += ': ';
    else if (!/\s/.test(character)) out += character;
  }
  return out;
};

const endOfString = (json: string, start: number): number => {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
};

const nextToken = (json: string, start: number): number => {
  let i = start;
  while (i < json.length && /\s/.test(json[i] as string)) i += 1;
  return i;
};
