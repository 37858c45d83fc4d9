import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noRedisServer } from '@mission-control/test-servers';
import { guardFolder, type OpenClawSimulator, startOpenClawSimulator } from '@mission-control/testing';
import { expect } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { type Installation, startInstallation } from '../system/installation.spec-support.ts';
import {
  type RestartablePostgres,
  startRestartablePostgres,
} from '../system/restartable-postgres.spec-support.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import type { Target } from './scrape.spec-support.ts';
import { noSmallDisk, type SmallDisk, startSmallDisk } from './small-disk.spec-support.ts';

/** An installation with a board, whose services Prometheus would scrape. */
export interface Watched {
  readonly eventStore: RestartablePostgres;
  readonly installation: Installation;
  readonly openclaw: OpenClawSimulator;
  readonly scene: Scene;
  readonly webhook: Webhook;
  readonly targets: readonly Target[];
  /** The disk under the working directory of the relay; null where there can be none. */
  readonly disk: SmallDisk | null;
  /** The file of the steward for the newest signed checkpoint. */
  readonly anchor: string;
  /** Sends that many payloads and resolves to the status codes. */
  readonly send: (count: number, to?: Webhook, secret?: string) => Promise<number[]>;
  /** Sends that many payloads, and expects each to be accepted. */
  readonly accepted: (count: number, to?: Webhook) => Promise<void>;
  readonly pathOf: (webhook: Webhook) => string;
  readonly stop: () => Promise<void>;
}

const env = {
  WEBHOOK_RATE_LIMIT: '1000000/60',
  WEBHOOK_REJECTION_RATE_LIMIT: '1000000/60',
  NOTIFIER_RETRY_BASE_SECONDS: '0.1',
  NOTIFIER_RETRY_MAX_SECONDS: '0.5',
};

export const startWatched = async (): Promise<Watched> => {
  const [openclaw, eventStore] = await Promise.all([startOpenClawSimulator(), startRestartablePostgres()]);
  const disk = noSmallDisk === null ? await startSmallDisk() : null;
  const anchors = await mkdtemp(join(tmpdir(), 'mission-control-anchors-'));
  const guard = guardFolder(anchors);
  const anchor = join(anchors, 'latest.txt');
  const installation = await startInstallation({
    eventStore,
    redis: noRedisServer === null,
    env: { ...env, AUDIT_ANCHOR_FILE: anchor, AUDIT_CHECKPOINT_SECONDS: '1' },
    ...(disk && { within: { relay: disk.within } }),
  });
  const scene = await setScene(installation.admin, openclaw, 'Alerts');
  const webhook = await scene.webhook('github', 'Look at each push');
  const send: Watched['send'] = (count, to = webhook, secret = scene.secret) =>
    Promise.all(
      Array.from({ length: count }, async (_, n) => {
        const url = `${installation.url}${to.endpoint_path}`;
        const { body, headers } = await githubDelivery(url, secret, 'push', { n });
        const answer = await fetch(url, { method: 'POST', body, headers });
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
  const watched: Watched = {
    eventStore,
    installation,
    openclaw,
    scene,
    webhook,
    targets: Object.values(installation.services).map(({ name: job, instance }) => ({ job, instance })),
    disk,
    anchor,
    send,
    accepted: async (count, to) => expect(new Set(await send(count, to))).toEqual(new Set([202])),
    pathOf: ({ id }) => `/api/v1/boards/${scene.boardId}/webhooks/${id}`,
    stop: async () => {
      await installation.stop();
      await eventStore.stop();
      await openclaw.stop();
      await disk?.stop();
      await guard.release();
    },
  };
  await watched.accepted(1);
  await openclaw.waitForMessage(({ text }) => text.includes(webhook.id));
  return watched;
};
