/** The end of the JSON string that begins at `start`: the index after its closing quote. */
export const endOfString = (json: string, start: number): number => {
  for (let quote = json.indexOf('"', start + 1); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    if (!isEscaped(json, quote, start)) return quote + 1;
  }
  return json.length + 1;
};

/** Whether the number of backslashes before the quote is odd. */
const isEscaped = (json: string, quote: number, start: number): boolean => {
  let before = quote - 1;
  while (before > start && json[before] === '\\') before -= 1;
  return (quote - before) % 2 === 0;
};
