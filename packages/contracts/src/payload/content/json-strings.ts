/** The end of the JSON string that begins at `start`: the index after its closing quote. */
export const endOfString = (json: string, start: number): number => {
  const quote = json.indexOf('"', start + 1);
  if (quote === -1) return json.length + 1;
  if (!isEscaped(json, quote, start)) return quote + 1;
  // A string with one quote in it may have many. Searching for each of them would take longer.
  for (let at = quote + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) at += 1;
  }
  return json.length + 1;
};

/** Whether the number of backslashes before the quote is odd. */
const isEscaped = (json: string, quote: number, start: number): boolean => {
  let before = quote - 1;
  while (before > start && json.charCodeAt(before) === 0x5c) before -= 1;
  return (quote - before) % 2 === 0;
};
