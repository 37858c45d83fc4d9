import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesOf } from './lines.ts';

const read = async (chunks: readonly string[]): Promise<string[]> =>
  (await Array.fromAsync(linesOf(ReadableStream.from(chunks)))).flat();

it('a text has the same lines, however it is cut into chunks', async () => {
  const part = fc.constantFrom('', 'a', 'bc', '\n', '\n\n', '\u2028', '\r');
  await fc.assert(
    fc.asyncProperty(fc.array(part), async (parts) => {
      const lines = parts.join('').split('\n');
      if (lines.at(-1) === '') lines.pop();
      expect(await read(parts)).toEqual(lines);
    }),
  );
});
