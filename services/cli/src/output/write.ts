import { once } from 'node:events';
import { escapeUnsafe } from '@mission-control/runtime';
import type { Context, Output } from '../context.ts';

/** Writes, and waits while the reader is slower than we are. */
export const write = async (
  output: Output,
  text: string | Uint8Array,
  signal: AbortSignal,
): Promise<void> => {
  if (!output.write(text)) await once(output, 'drain', { signal });
};

/**
 * Text from outside, line by line. On a terminal, characters that could move the cursor, hide text or change its direction are shown as
 * `\uXXXX`, which in JSON has the same meaning; elsewhere the text is written exactly.
 */
export const writeText = ({ stdout, signal }: Context, text: string): Promise<void> =>
  write(stdout, stdout.isTTY ? harmless(text) : text, signal);

/** Escapes all but the ends of lines and tabs. */
export const harmless = (text: string): string =>
  text
    .split(/(\r?\n|\t)/)
    .map((part, n) => (n % 2 === 0 ? escapeUnsafe(part) : part))
    .join('');

/** A sentence for the person, beside the result. */
export const say = ({ stderr }: Context, sentence: string): void =>
  void stderr.write(`${harmless(sentence)}\n`);
