import { Delivery, type DeliveryParts } from '../delivery/delivery.ts';
import type { ArrivalQueue } from './arrival-queue.ts';

const readAhead = 3;

/** Returns the first delivery of the queue, and starts reading the ones behind it. */
export const readFirst = async (queue: ArrivalQueue, parts: DeliveryParts): Promise<Delivery | 'gone'> => {
  for (const item of queue.items(readAhead)) {
    if (item.loading) continue;
    item.loading = Delivery.load(parts, item.message.reference);
    item.loading.catch(() => {
      item.loading = undefined;
    });
  }
  return (await queue.at(0)?.loading) ?? 'gone';
};
