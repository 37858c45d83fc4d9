import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { bytesOf, Frontier, hashTextAt, isSealed, leafHashOf } from '@mission-control/merkle';

/** The leaves that are recorded in the log, by name of the event, with their hashes. Every batch has the root that follows from them. */
export const sealedLeaves = async (store: EventStore): Promise<[name: string, hash: string][]> => {
  const frontier = new Frontier();
  const leaves: [string, string][] = [];
  for await (const recorded of store.readStream(streams.merkle)) {
    const event = parseEvent(recorded);
    if (!isEvent(event, 'LeavesSealed')) continue;
    const { firstIndex, runs, root, streams: names } = event.data;
    if (firstIndex !== leaves.length)
      throw new Error(`a batch begins at ${firstIndex}, not ${leaves.length}`);
    const hashes = Buffer.from(event.data.hashes, 'base64');
    const events = runs.flatMap(([of, first, count]) =>
      Array.from({ length: count }, (_, n) => `${names[of]}@${first + n}`),
    );
    for (const [n, name] of events.entries()) {
      const hash = hashTextAt(hashes, n);
      frontier.add(hash);
      leaves.push([name, bytesOf([hash]).toString('hex')]);
    }
    if (root !== frontier.root().toString('base64'))
      throw new Error('a batch has another root than its leaves');
  }
  return leaves;
};

/** The leaves that the visible events of the log are, in its order. */
export const leavesOfLog = async (store: EventStore): Promise<[name: string, hash: string][]> => {
  const leaves: [string, string][] = [];
  for await (const event of store.readAll())
    if (isSealed(event.stream))
      leaves.push([`${event.stream}@${event.revision}`, bytesOf([leafHashOf(event)]).toString('hex')]);
  return leaves;
};
