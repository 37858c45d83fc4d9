import { setTimeout as delay } from 'node:timers/promises';

export interface Delivery {
  readonly url: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}

export interface Accepted {
  readonly payloadId: string;
  readonly attempts: number;
  /** Status codes and faults before the 202. */
  readonly failures: readonly string[];
}

/** The 4xx that ask for a later retry (RFC 9110, 15.5.9; RFC 6585, 4). */
const later = new Set([408, 429]);

/**
 * Posts like a patient sender: repeats the same delivery after a broken connection, a time-out, a 408, 429 or 5xx until it is accepted, and
 * not sooner than the response asks.
 *
 * @param options.pauseMs longest pause before the second attempt; later pauses grow, so that many senders neither retry at the same
 *   moment nor keep a slow receiver busy with rejections
 * @throws if the answer is another 4xx, or no 202 came within `patienceMs`
 */
export const postUntilAccepted = async (
  delivery: Delivery,
  { patienceMs = 240_000, pauseMs = 250 }: { patienceMs?: number; pauseMs?: number } = {},
): Promise<Accepted> => {
  const deadline = performance.now() + patienceMs;
  const failures: string[] = [];
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await postOnce(delivery);
    if (outcome.kind === 'accepted') return { payloadId: outcome.payloadId, attempts, failures };
    failures.push(outcome.kind === 'broken' ? 'broken' : String(outcome.status));
    if (outcome.kind === 'rejected' && outcome.status < 500 && !later.has(outcome.status)) {
      throw new Error(`Rejected with ${outcome.status}: ${outcome.text}`);
    }
    if (performance.now() > deadline) throw new Error(`Not accepted in time: ${failures.join(', ')}`);
    const least = outcome.kind === 'rejected' ? outcome.retryAfterMs : 0;
    await delay(least + 50 + Math.random() * pauseMs * Math.min(attempts, 8));
  }
};

type Outcome =
  | { kind: 'accepted'; payloadId: string }
  | { kind: 'broken' }
  | { kind: 'rejected'; status: number; text: string; retryAfterMs: number };

const postOnce = async ({ url, body, headers }: Delivery): Promise<Outcome> => {
  try {
    const response = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(60_000) });
    const text = await response.text();
    if (response.status !== 202) {
      const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
      return { kind: 'rejected', status: response.status, text, retryAfterMs };
    }
    return { kind: 'accepted', payloadId: (JSON.parse(text) as { payload_id: string }).payload_id };
  } catch {
    return { kind: 'broken' };
  }
};
