/** The lines of a text, many at once. Only a line feed ends one: JSON may have other separators, such as U+2028, in its strings. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[], void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  if (rest !== '') yield [rest];
}
