import { asEvent, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { startSystem } from '../../system/standalone.ts';
import { type Figure, figure } from '../figure.ts';
import { median, percentile } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';

export interface AsOfOptions {
  /** Changes of the webhook. */
  readonly changes: number;
  /** Requests per figure, after some for warm-up. */
  readonly requests: number;
}

const targetMs = 10;

/** How long answers about the past of a webhook with many changes take, through the public port. */
export const measureAsOf = async (server: string, options: AsOfOptions): Promise<Figure[]> => {
  const url = await createDatabase(server, 'as_of');
  const system = await startSystem({ env: { DATABASE_URL: url } });
  const store = await openEventStore(url);
  try {
    const board = await system.admin.post<{ id: string }>('/api/v1/boards', { name: 'Bench' });
    const webhooks = `/api/v1/boards/${board.id}/webhooks`;
    const webhook = await system.admin.post<{ id: string }>(webhooks, { description: 'Change 0' });
    const path = `${webhooks}/${webhook.id}`;
    const points = await change(store, { boardId: board.id, webhookId: webhook.id }, options.changes);
    // Waits until the index has the last change. The board has no snapshots to keep.
    const asOf = (point: string) => `?as_of=${encodeURIComponent(point)}`;
    for (const point of points) await system.admin.get(`/api/v1/boards/${board.id}${asOf(point)}`);
    const begun = performance.now();
    await system.admin.get(`${path}${asOf(points[1] ?? '')}`);
    const first = performance.now() - begun;
    const [middle = '', last = '', time = ''] = points;
    const measured = async (name: string, query: string, target?: number): Promise<Figure[]> => {
      const times = await timesOf(`${system.url}${path}${query}`, system.adminToken, options.requests);
      const limit = target === undefined ? undefined : { atMost: target };
      return [
        figure(`${name}: median`, median(times), 'ms', limit),
        figure(`${name}: 95th percentile`, percentile(times, 95), 'ms'),
      ];
    };
    return [
      ...(await measured('the webhook now', '')),
      figure('as of the last change, asked for the first time', first, 'ms'),
      ...(await measured('as of the position of half of the changes', asOf(middle))),
      ...(await measured('as of the position of the last change', asOf(last), targetMs)),
      ...(await measured('as of the time of the last change', asOf(time), targetMs)),
      ...(await measured('a page of its history', '/history')),
    ];
  } finally {
    await store.close();
    await system.stop();
  }
};

/** Changes a webhook. Resolves to the positions of half of the changes and of the last one, and to the time of that. */
const change = async (
  store: EventStore,
  webhook: { boardId: string; webhookId: string },
  changes: number,
): Promise<string[]> => {
  const positions: bigint[] = [];
  for (let n = 1; n <= changes; n += 1) {
    const event = asEvent(
      { type: 'WebhookUpdated', data: { ...webhook, description: `Change ${n}`, enabled: n % 2 === 0 } },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'admin', id: 'bench' },
        correlationId: `bench-${n}`,
        causationId: null,
      },
    );
    const result = await store.append(streams.webhook(webhook.webhookId), 'any', [event]);
    if (!result.ok) throw new Error(`The webhook was not changed: ${result.reason}.`);
    positions.push(result.position);
  }
  const { incarnation = '' } = (await store.head()) ?? {};
  const last = await store.readEvent(streams.webhook(webhook.webhookId), changes);
  if (last === 'gone') throw new Error('The last change is gone.');
  return [
    `${incarnation}:${positions[Math.floor(changes / 2)]}`,
    `${incarnation}:${positions.at(-1)}`,
    last.recordedAt,
  ];
};

const warmUp = 30;

const timesOf = async (url: string, token: string, requests: number): Promise<number[]> => {
  const times: number[] = [];
  for (let n = -warmUp; n < requests; n += 1) {
    const begun = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}.`);
    if (n >= 0) times.push(performance.now() - begun);
  }
  return times;
};
