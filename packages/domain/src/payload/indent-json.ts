import { endOfString } from '@mission-control/contracts';

/**
 * Indents a JSON text by two spaces without parsing its values, so digits and duplicate keys are preserved. Stops soon after `enough`
 * characters.
 */
export const indentJson = (json: string, enough: number): string => {
  let out = '';
  let depth = 0;
  for (let at = 0; at < json.length && out.length <= enough; ) {
    const code = json.charCodeAt(at);
    if (code === 0x22) {
      const end = endOfString(json, at);
      out += json.slice(at, end);
      at = end;
    } else if (code === 0x7b || code === 0x5b) {
      const next = afterSpace(json, at + 1);
      if (isClosing(json.charCodeAt(next))) {
        out += code === 0x7b ? '{}' : '[]';
        at = next + 1;
      } else {
        depth += 1;
        out += (code === 0x7b ? '{' : '[') + newLine(depth);
        at = next;
      }
    } else if (isClosing(code)) {
      depth -= 1;
      out += newLine(depth) + json[at];
      at += 1;
    } else if (code === 0x2c) {
      out += `,${newLine(depth)}`;
      at += 1;
    } else if (code === 0x3a) {
      out += ': ';
      at += 1;
    } else if (isSpace(code)) at += 1;
    else {
      const end = endOfWord(json, at);
      out += json.slice(at, end);
      at = end;
    }
  }
  return out;
};

/** By depth. */
const newLines: string[] = [];

const newLine = (depth: number): string => {
  newLines[depth] ??= `\n${'  '.repeat(depth)}`;
  return newLines[depth];
};

const isClosing = (code: number): boolean => code === 0x7d || code === 0x5d;
/** White space of JSON: nothing else has so small a code. */
const isSpace = (code: number): boolean => code <= 0x20;

const afterSpace = (json: string, start: number): number => {
  let at = start;
  while (isSpace(json.charCodeAt(at))) at += 1;
  return at;
};

/** The end of a number, `true`, `false` or `null`. */
const endOfWord = (json: string, start: number): number => {
  let at = start + 1;
  for (; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (isSpace(code) || isClosing(code) || code === 0x2c) break;
  }
  return at;
};
