import { setTimeout as delay } from 'node:timers/promises';
import type { OpenClawSimulator } from '@mission-control/testing';
import { waitFor } from '@mission-control/testing';
import { expect } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import type { AdminClient } from '../system/admin-client.ts';
import type { Webhook } from '../system/scene.ts';

export interface Load {
  /** The payloads that got a 202. */
  readonly accepted: readonly string[];
  /** Answers other than 202, and broken connections, before the 202. */
  readonly failures: readonly string[];
  /** Resolves when that many more were accepted. */
  readonly more: (count: number) => Promise<void>;
  /** Resolves when every delivery that was begun has its 202, so that all its failures are known. The load goes on. */
  readonly settled: () => Promise<void>;
  /** Ends sending. Resolves when each delivery that was begun has its 202. */
  readonly end: () => Promise<void>;
}

const senders = 4;
/** Between two deliveries of a sender. What is accepted while a test waits has to be told before it ends. */
const pauseMs = 200;
const patience = { timeout: 240_000 };

/** Sends signed deliveries, up to 20 a second, each until it is accepted, until it is told to end. */
export const startLoad = (baseUrl: string, webhook: Webhook, secret: string): Load => {
  const accepted: string[] = [];
  const failures: string[] = [];
  let ending = false;
  let number = 0;
  const inProgress = new Set<number>();
  const send = async () => {
    while (!ending) {
      const own = number++;
      inProgress.add(own);
      const delivery = await githubDelivery(`${baseUrl}${webhook.endpoint_path}`, secret, 'push', {
        number: own,
      });
      const outcome = await postUntilAccepted(delivery, { patienceMs: 300_000 });
      accepted.push(outcome.payloadId);
      failures.push(...outcome.failures);
      inProgress.delete(own);
      await delay(pauseMs);
    }
  };
  const sending = Promise.all(Array.from({ length: senders }, send));
  sending.catch(() => {});
  return {
    accepted,
    failures,
    more: async (count) => {
      const wanted = accepted.length + count;
      await Promise.race([
        waitFor(() => accepted.length >= wanted, patience),
        sending.then(() => Promise.reject(new Error('The senders have ended.'))),
      ]);
    },
    settled: async () => {
      const begun = [...inProgress];
      await waitFor(() => !begun.some((one) => inProgress.has(one)), patience);
    },
    end: async () => {
      ending = true;
      await sending;
    },
  };
};

const payloadIdIn = (text: string) => /^Payload ID: (\S+)$/m.exec(text)?.[1];

/** Expects each accepted payload in the read models, and each told to the agent exactly once. */
export const expectEachOnce = async (
  parts: { admin: AdminClient; openclaw: Pick<OpenClawSimulator, 'consumed'>; webhook: Webhook },
  accepted: readonly string[],
): Promise<void> => {
  const { admin, openclaw, webhook } = parts;
  const expected = [...accepted].sort();
  expect(new Set(expected).size).toBe(expected.length);
  const told = () =>
    Object.values(openclaw.consumed())
      .flat()
      .filter(({ text }) => text.includes(webhook.id))
      .map(({ text }) => payloadIdIn(text));
  await waitFor(() => told().length >= expected.length, patience);
  const path = `/api/v1/boards/${webhook.board_id}/webhooks/${webhook.id}/payloads`;
  const count = async (status: string) =>
    (await admin.get<{ total: number }>(`${path}?status=${status}&limit=1`)).total;
  // A run that was followed when a server lost its memory of it has no known end.
  await waitFor(async () => (await count('told')) + (await count('handled')) >= expected.length, {
    ...patience,
    pause: 200,
  });
  expect((await admin.get<{ total: number }>(`${path}?limit=1`)).total).toBe(expected.length);
  expect(told().sort()).toEqual(expected);
};
