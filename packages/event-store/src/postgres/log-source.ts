import type { EventStoreLog } from '../log.ts';
import type { Checkpoint } from '../port.ts';
import type { LogReading, LogSource } from '../subscription/log-source.ts';
import { afterAnchor, checkpointAt, requirePlace } from './checkpoints.ts';
import { Kinds } from './kinds.ts';
import { readHead } from './log-head.ts';
import { LogTailReader } from './log-tail.ts';
import { pageLimits, toRecordedEvent } from './page.ts';
import { type LogRange, readLogPage } from './read-log.ts';
import type { ReadPool } from './read-pool.ts';
import type { TailListener } from './tail-listener.ts';

export const postgresLogSource = (
  pool: ReadPool,
  quotedSchema: string,
  listener: TailListener,
  log: EventStoreLog,
): LogSource => {
  const read = (range: LogRange) => readLogPage(pool, quotedSchema, range);
  const head = async (at: Checkpoint | null): Promise<Checkpoint | null> => {
    const found = await readHead(pool, quotedSchema);
    requirePlace(at, found);
    return found.last;
  };
  const reading: LogReading = {
    head,
    page: async (after, upTo, filter, count) => {
      const range = { from: after?.position ?? 0n, upTo: upTo.position, filter, rows: count } as const;
      const { rows, complete } = afterAnchor(after, await read({ ...range, direction: 'forwards' }));
      const last = rows.at(-1);
      return {
        events: rows.filter(({ shown }) => shown).map(toRecordedEvent),
        upTo: last === undefined ? after : checkpointAt(upTo.incarnation, last),
        complete,
      };
    },
  };
  return {
    reading: () => reading,
    follow: (from) => {
      const kinds = new Kinds(pool, quotedSchema);
      return new LogTailReader({ head, read, kinds, listener, log }, from);
    },
    pages: { first: 32, factor: 4, largest: pageLimits.rows },
  };
};
