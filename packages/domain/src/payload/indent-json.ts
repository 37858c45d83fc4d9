import { endOfString } from './json-strings.ts';

/**
 * Indents a JSON text by two spaces without parsing its values, so digits and duplicate keys are preserved. Stops soon after `enough`
 * characters.
 */
export const indentJson = (json: string, enough: number): string => {
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

const nextToken = (json: string, start: number): number => {
  let i = start;
  while (i < json.length && /\s/.test(json[i] as string)) i += 1;
  return i;
};
