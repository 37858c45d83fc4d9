import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from './post.ts';

export interface HeldRequest {
  /** Resolves when the connection breaks. Rejects when the request is answered instead. */
  readonly broken: Promise<void>;
}

/**
 * Begins a delivery and sends no body, so that it cannot be answered before its connection breaks. Resolves once the gateway has it
 * in hand: it then asks for the body (`100 Continue`). A gateway that has no room for it is asked again.
 */
export const holdRequest = async (delivery: Delivery): Promise<HeldRequest> => {
  for (;;) {
    const held = begin(delivery);
    const broken = new Promise<void>((resolve, reject) => {
      held.once('error', () => resolve());
      held.once('response', ({ statusCode }) => {
        held.destroy();
        reject(new Error(`The request that was held was answered with ${statusCode}.`));
      });
    });
    const inHand = await Promise.race([
      once(held, 'continue').then(
        () => true,
        () => false,
      ),
      broken.then(
        () => false,
        () => false,
      ),
    ]);
    if (inHand) return { broken };
    await delay(50);
  }
};

const begin = ({ url, body, headers }: Delivery): ClientRequest => {
  const begun = request(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body), expect: '100-continue' },
  });
  begun.flushHeaders();
  return begun;
};
