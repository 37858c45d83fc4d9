const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Splits the inside of a JSON array or object at its commas. */
const partsOf = (json: string): string[] => {
  const parts: string[] = [];
  let [depth, start, inString] = [0, 0, false];
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (inString) {
      if (code === backslash) at += 1;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (opening.has(code)) {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (closing.has(code)) {
      depth -= 1;
      if (depth === 0) parts.push(json.slice(start, at));
    } else if (code === comma && depth === 1) {
      parts.push(json.slice(start, at));
      start = at + 1;
    }
  }
  return parts.length === 1 && parts[0]?.trim() === '' ? [] : parts;
};

/**
 * The members of a JSON object, each value as its text. A payload is in an answer digit for digit as its sender wrote it, which
 * parsing and writing it again would not keep: numbers would be rounded, and of several members of one name only the last would remain.
 */
export const membersOf = (json: string): Map<string, string> =>
  new Map(
    partsOf(json).map((part) => {
      const name = /^\s*"(?:[^"\\]|\\.)*"/.exec(part)?.[0] ?? '';
      const value = part.slice(part.indexOf(String.fromCharCode(colon), name.length) + 1);
      return [JSON.parse(name) as string, value.trim()];
    }),
  );

/** The elements of a JSON array as their texts, each on one line. A line break in JSON is only ever between two tokens. */
export const elementsOf = (json: string): string[] =>
  partsOf(json).map((part) => part.trim().replace(/[\r\n]+/g, ' '));
