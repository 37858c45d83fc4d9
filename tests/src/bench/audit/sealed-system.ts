import { streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import type { RunningSystem } from '../../system/standalone.ts';

export const patience = { timeout: 3_600_000, pause: 200 };
export const proofTargetMs = 20;

/** Waits until everything that is in the log now is sealed and signed. */
export const allSealed = async (store: EventStore, { admin }: RunningSystem): Promise<void> => {
  const marked = await admin.post<{ id: string }>('/api/v1/boards', { name: 'The last one' });
  await waitFor(async () => {
    const checkpoint = await admin.call('GET', '/api/v1/audit/checkpoint');
    if (checkpoint.status !== 200) return false;
    const last = store.readStream(streams.merkle, { direction: 'backwards', limit: 10 });
    for await (const { data } of last)
      if (JSON.stringify(data).includes(streams.board(marked.id))) return true;
    return false;
  }, patience);
};

type Webhooks = readonly { readonly boardId: string; readonly webhookId: string }[];

/** Waits until the read models have all payloads. */
export const readable = async (
  { admin }: RunningSystem,
  webhooks: Webhooks,
  payloads: number,
): Promise<void> => {
  await waitFor(async () => {
    let total = 0;
    for (const { boardId, webhookId } of webhooks)
      total += (
        await admin.get<{ total: number }>(`/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads?limit=1`)
      ).total;
    return total === payloads;
  }, patience);
};

/** Milliseconds that proofs of payloads of these webhooks take, one after the other; `first`: after the start of the admin API. */
export const timesOfProofs = async (
  { url, adminToken, admin }: RunningSystem,
  webhooks: Webhooks,
  count: number,
): Promise<{ readonly first: number; readonly times: readonly number[] }> => {
  const paths: string[] = [];
  for (const { boardId, webhookId } of webhooks) {
    const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads`;
    const { items } = await admin.get<{ items: { id: string }[] }>(`${path}?limit=200`);
    paths.push(...items.map(({ id }) => `${path}/${id}/proof`));
  }
  const prove = async (n: number): Promise<number> => {
    const begun = performance.now();
    const response = await fetch(`${url}${paths[n % paths.length]}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`The proof was answered by ${response.status}: ${text}`);
    return performance.now() - begun;
  };
  const first = await prove(0);
  const times: number[] = [];
  for (let n = 1; n <= count; n++) times.push(await prove(n));
  return { first, times };
};
