import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../senders/post.ts';

/** What senders saw besides a 202. */
export interface Seen {
  /** 503 with Retry-After. */
  unavailable: number;
  /** The connection was reset. */
  resets: number;
  /** Anything else, which a sender must not see. */
  readonly other: string[];
}

const patienceMs = 480_000;

/** Posts until the delivery is accepted, and counts what the sender sees. Resolves to the payload's id. */
export const send = async ({ url, body, headers }: Delivery, seen: Seen): Promise<string> => {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    let pauseMs = 50;
    try {
      const response = await fetch(url, { method: 'POST', body, headers });
      const text = await response.text();
      if (response.status === 202) return (JSON.parse(text) as { payload_id: string }).payload_id;
      const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
      if (response.status === 503 && retryAfter >= 0) {
        seen.unavailable += 1;
        pauseMs = retryAfter * 1_000;
      } else seen.other.push(`${response.status} ${text}`);
    } catch (error) {
      const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') seen.resets += 1;
      else seen.other.push(`${code} ${message}`);
    }
    await delay(pauseMs);
  }
  throw new Error(`A delivery was not accepted within ${patienceMs} ms: ${JSON.stringify(seen)}`);
};
