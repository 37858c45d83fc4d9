import { appending } from './appending.ts';
import { appendingOne } from './appending-one.ts';
import { hiding } from './hiding.ts';
import { reading } from './reading.ts';
import { tables } from './tables.ts';

/** Applied in this order, each once. Append only: a migration that may have been applied never changes. */
export const migrations: readonly ((quotedSchema: string, channel: string) => string)[] = [
  (s, channel) =>
    [tables(s), reading(s), appending(s, channel), appendingOne(s, channel), hiding(s)].join('\n'),
];
