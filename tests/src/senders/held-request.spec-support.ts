import { once } from 'node:events';
import { type ClientRequest, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from './post.ts';

export interface HeldRequest {
  /** Resolves when the connection breaks. Rejects if the request is answered instead. */
  readonly broken: Promise<void>;
}

/**
 * Begins a delivery without sending a body, so it cannot be accepted before its connection breaks. Resolves when the gateway processes
 * it, which its request for the body (`100 Continue`) shows. If the gateway is overloaded, tries again.
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
