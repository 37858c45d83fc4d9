/** The end of the JSON string that begins at `start`: the index after its closing quote. */
export const endOfString = (json: string, start: number): number => {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
};
