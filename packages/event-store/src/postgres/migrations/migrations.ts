import { appending } from './appending.ts';
import { appendingOne } from './appending-one.ts';
import { hiding } from './hiding.ts';
import { announcement, bareAnnouncement } from './locking.ts';
import { reading } from './reading.ts';
import { storing } from './storing.ts';
import { tables } from './tables.ts';

export type Migration = (quotedSchema: string, channel: string) => string;

/** Applied in this order, each once. Append only: a migration that may have been applied never changes. */
export const migrations: readonly Migration[] = [
  (s, channel) => {
    const bare = bareAnnouncement(channel);
    return [tables(s), reading(s), appending(s, bare), appendingOne(s, bare), hiding(s)].join('\n');
  },
];

/**
 * As above, for changes with which older releases work as before. They are counted in a table of their own, which older releases do not
 * know: services of two releases can run side by side, and go back.
 */
export const compatibleMigrations: readonly Migration[] = [
  (s, channel) => {
    const told = announcement(channel);
    return [appending(s, told), appendingOne(s, told)].join('\n');
  },
  storing,
];
