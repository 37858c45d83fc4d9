import { Delivery, type DeliveryParts } from '../delivery/delivery.ts';
import type { ArrivalQueue, Waiting } from './arrival-queue.ts';

/** Deliveries that are read ahead, with their payloads of up to a megabyte or more each. */
const total = 240;
const bySession = { least: 3, most: 16 };

/** Shares out among the sessions how many deliveries each reads ahead. */
export class ReadAhead {
  #sessions = 0;

  /** For one session, at least. */
  get each(): number {
    const { least, most } = bySession;
    return Math.max(least, Math.min(most, Math.floor(total / Math.max(1, this.#sessions))));
  }

  /** A session has work. */
  begin(): void {
    this.#sessions += 1;
  }

  end(): void {
    this.#sessions -= 1;
  }
}

/**
 * Begins to read the first deliveries of the queue. To read several with one request, nothing is read until half of those that were read
 * ahead have left the queue, unless one is needed.
 */
export const readOn = (
  queue: ArrivalQueue,
  needed: Waiting,
  { each: most, delivery: parts }: { each: number; delivery: DeliveryParts },
): void => {
  const unread = queue.items(most).filter(({ loading }) => !loading);
  if (needed.loading && unread.length * 2 < most) return;
  for (const group of neighbours(unread)) read(parts, group);
};

const read = (parts: DeliveryParts, items: readonly Waiting[]): void => {
  const reading = Delivery.load(
    parts,
    items.map(({ message }) => message.reference),
  );
  for (const [n, item] of items.entries()) {
    item.loading = reading.then((deliveries) => deliveries[n] ?? 'gone');
    item.loading.catch(() => {
      item.loading = undefined;
    });
  }
};

/** Groups those whose causes follow each other in a stream. */
const neighbours = (items: readonly Waiting[]): Waiting[][] => {
  const groups: Waiting[][] = [];
  const last = new Map<string, Waiting[]>();
  for (const item of items) {
    const { stream, revision } = item.message.reference.cause;
    const group = last.get(stream);
    if (group?.at(-1)?.message.reference.cause.revision === revision - 1) {
      group.push(item);
      continue;
    }
    const another = [item];
    last.set(stream, another);
    groups.push(another);
  }
  return groups;
};
