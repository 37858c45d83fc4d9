import { createHash } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  guardFolder,
  type OpenClawSimulator,
  startOpenClawSimulator,
  waitFor,
} from '@mission-control/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { githubPush } from '../senders/samples.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { runEvents } from './events-command.spec-support.ts';
import { toldPayloads } from './messages.spec-support.ts';
import { backUpOnline, restoreBackup } from './online-backup.spec-support.ts';

const before = process.env.TEST_SIZE === 'full' ? 500 : 40;
const senders = 4;

type Sent = Map<string, string>;

let openclaw: OpenClawSimulator;
let system: RunningSystem | undefined;
let guards: ReturnType<typeof guardFolder>[];

beforeEach(async () => {
  openclaw = await startOpenClawSimulator();
  guards = [];
});
afterEach(async () => {
  await system?.stop();
  await openclaw.stop();
  for (const guard of guards) await guard.release();
});

const folder = async (): Promise<{ path: string; destroy: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'mission-control-restore-'));
  const guard = guardFolder(path);
  guards.push(guard);
  return { path, destroy: async () => guard.release() };
};

/** Sends until it is told to stop. Resolves to the digests of the accepted bodies by payload. */
const startLoad = (url: string, scene: Scene, webhook: Webhook) => {
  const sent: Sent = new Map();
  let next = 0;
  let stopping = false;
  const sender = async () => {
    while (!stopping) {
      const content = { ...githubPush(), number: next++ };
      const delivery = await githubDelivery(`${url}${webhook.endpoint_path}`, scene.secret, 'push', content);
      const { payloadId } = await postUntilAccepted(delivery);
      sent.set(payloadId, createHash('sha256').update(delivery.body).digest('hex'));
    }
  };
  const ended = Promise.all(Array.from({ length: senders }, sender));
  return {
    sent,
    stop: async () => {
      stopping = true;
      await ended;
    },
  };
};

it(`a backup under load, restored after everything was destroyed, has every payload that was acknowledged before, and nobody is told twice`, async () => {
  const [live, elsewhere] = [await folder(), await folder()];
  system = await startSystem({ dataDir: join(live.path, 'data') });
  const scene = await setScene(system.admin, openclaw, 'Restoring');
  const webhook = await scene.webhook('github', 'Triage');
  const load = startLoad(system.url, scene, webhook);
  await waitFor(() => load.sent.size >= before, { timeout: 240_000 });
  const acknowledged: Sent = new Map(load.sent);
  await backUpOnline(system.dataDir, join(elsewhere.path, 'backup'));
  const during = load.sent.size;
  await waitFor(() => load.sent.size >= during + before, { timeout: 240_000 });
  await load.stop();
  // What is told now is not in the backup.
  await waitFor(() => toldPayloads(openclaw).length === load.sent.size, { timeout: 240_000 });
  console.log(`${acknowledged.size} payloads before the backup, ${load.sent.size - acknowledged.size} since`);

  await live.destroy();
  await system.process.exited;
  // The OpenClaw gateway has its sessions, and no longer recognises a repeated key by itself.
  await openclaw.restart();
  const again = await folder();
  await restoreBackup(join(elsewhere.path, 'backup'), join(again.path, 'data'));
  await runEvents('mark-restored', '--url', join(again.path, 'data'));
  system = await startSystem({ dataDir: join(again.path, 'data') });

  const path = `/api/v1/boards/${scene.boardId}/webhooks/${webhook.id}/payloads`;
  const settled = ['told', 'handled'];
  for (const [payloadId, sha256] of acknowledged) {
    const payload = await waitFor(
      async () => {
        const answer = await system?.admin.call<{ status: string }>('GET', `${path}/${payloadId}`);
        return answer?.status === 200 && settled.includes(answer.body.status);
      },
      { timeout: 240_000 },
    );
    expect(payload).toBe(true);
    const raw = await system.admin.bytes(`${path}/${payloadId}/raw`);
    expect(createHash('sha256').update(raw).digest('hex')).toBe(sha256);
  }
  const last = startLoad(system.url, scene, webhook);
  await waitFor(() => last.sent.size > 0, { timeout: 240_000 });
  await last.stop();
  const all = [...load.sent.keys(), ...last.sent.keys()].sort();
  await waitFor(() => toldPayloads(openclaw).length >= all.length, { timeout: 240_000 });
  expect(toldPayloads(openclaw)).toEqual(all);
}, 1_200_000);
