import { randomUUID } from 'node:crypto';
import { openEventStore } from '../../open.ts';
import type { Checkpoint, EventStore } from '../../port.ts';

interface Stage {
  readonly tell: (line: object) => void;
  readonly finish: AbortSignal;
}

export type Role = (input: Record<string, unknown>, stage: Stage) => Promise<void>;

/** A checkpoint in JSON. */
export interface WrittenCheckpoint {
  readonly incarnation: string;
  readonly position: string;
  readonly eventId: string;
}

export const writeCheckpoint = ({ position, ...rest }: Checkpoint): WrittenCheckpoint => ({
  ...rest,
  position: `${position}`,
});

const readCheckpoint = ({ position, ...rest }: WrittenCheckpoint): Checkpoint => ({
  ...rest,
  position: BigInt(position),
});

const startOf = (from: unknown): Checkpoint | 'start' =>
  from === null ? 'start' : readCheckpoint(from as WrittenCheckpoint);

const open = ({ url, installation }: Record<string, unknown>, name: string): Promise<EventStore> =>
  openEventStore(String(url), { name, prefix: String(installation) });

/** Several writers append without pause, each to its own stream and to one that all share. Reports every tenth append. */
const writer: Role = async ({ prefix, name, writers, ...input }, { tell, finish }) => {
  const store = await open(input, 'conformance writer');
  let appended = 0;
  const write = async (own: string): Promise<void> => {
    for (let round = 0; !finish.aborted; round += 1) {
      const stream = round % 2 === 0 ? own : `${prefix}shared`;
      const events = Array.from({ length: 1 + (round % 3) }, (_, part) => event({ own, round, part }));
      const result = await store.append(stream, 'any', events);
      if (!result.ok) throw new Error(`an append met a conflict: ${JSON.stringify(result)}`);
      appended += 1;
      if (appended % 10 === 0) tell({ appended });
    }
  };
  await Promise.all(
    Array.from({ length: Number(writers) }, (_, number) => write(`${prefix}${name}_${number}`)),
  );
  await store.close();
};

/** Follows and reports each message after processing it, as a consumer stores its checkpoint. */
const consumer: Role = async ({ prefix, from, ...input }, { tell, finish }) => {
  const store = await open(input, 'conformance consumer');
  for await (const message of follow(store, String(prefix), startOf(from), finish)) {
    if (message.checkpoint === null) continue;
    tell({
      kind: message.kind,
      ...(message.kind === 'event' ? { id: message.event.id } : {}),
      checkpoint: writeCheckpoint(message.checkpoint),
    });
  }
  await store.close();
};

/** Uses everything once, closes the store, reports how many timers are left, and must exit by itself. */
const passerBy: Role = async ({ prefix, from, ...input }, { tell }) => {
  const store = await open(input, 'conformance passer-by');
  const stream = `${prefix}passer_by`;
  await Promise.all([store.append(stream, 'any', [event({})]), store.append(stream, 'any', [event({})])]);
  await Array.fromAsync(store.readStream(stream));
  for await (const message of follow(store, String(prefix), startOf(from)))
    if (message.kind === 'caught_up') break;
  await store.setStreamMetadata(stream, { maxCount: 1 });
  await store.close();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  tell({ closed: true, timers });
};

const follow = (store: EventStore, prefix: string, from: Checkpoint | 'start', signal?: AbortSignal) =>
  store.subscribeToAll({
    from,
    filter: { streamPrefixes: [prefix] },
    ...(signal === undefined ? {} : { signal }),
  });

const event = (data: object) => ({ id: randomUUID(), type: 'ConformanceRun', data, metadata: {} });

export const roles: Readonly<Record<string, Role>> = { writer, consumer, 'passer-by': passerBy };
