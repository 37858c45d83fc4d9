import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setScene, type Webhook } from '../system/scene.ts';
import type { RunningSystem } from '../system/standalone.ts';
import type { mcwOf } from './mcw.spec-support.ts';

type Running = () => {
  readonly system: RunningSystem;
  readonly mcw: ReturnType<typeof mcwOf>;
  /** The options that name a webhook with a payload. */
  readonly scope: readonly string[];
  readonly payloadId: string;
};

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** Skips the tests of a block unless the description of the API has the operation. */
const needing = (running: Running, method: string, path: string): void =>
  beforeEach(async (context) => {
    const { paths } = await running().system.admin.get<{ paths: Record<string, object> }>('/openapi.json');
    const described = method.toLowerCase() in (paths[path] ?? {});
    context.skip(!described, `needs ${method} ${path}, which the API does not describe`);
  });

/** The commands for jobs on a running system. */
export const describeJobs = (running: Running): void => {
  describe('projections', () => {
    needing(running, 'POST', '/api/v1/projections/{name}/rebuild');

    interface Projection {
      readonly name: string;
      readonly build: number;
      readonly state: string;
      readonly rebuild: unknown;
    }
    const projections = async () => {
      const all = await running().mcw.lines<Projection>('projections', 'list');
      return new Map(all.map((one) => [one.name, one]));
    };

    it('are listed, and rebuilt into a new build', async () => {
      const { mcw } = running();
      expect(await mcw.text('projections', 'list')).toMatch(
        /^PROJECTION +VERSION +BUILD +STATE .*\n[\s\S]*^payloads +/m,
      );
      const before = (await projections()).get('payloads')?.build ?? 0;
      expect(await mcw.text('projections', 'rebuild', 'payloads', '--wait')).toMatch(/^name +payloads$/m);
      expect((await projections()).get('payloads')).toMatchObject({ build: before + 1, rebuild: null });
    });

    it('without a rebuild, there is nothing to cancel', async () => {
      const { mcw } = running();
      expect((await mcw.run('projections', 'cancel', 'memory')).code).toBe(5);
      expect((await mcw.run('projections', 'rebuild', 'no_such_projection')).code).toBe(5);
    });
  });

  describe('replays', () => {
    needing(running, 'POST', '/api/v1/boards/{board_id}/replays');

    let openclaw: OpenClawSimulator;
    let board: string[];
    let webhook: Webhook;
    const told = 5;

    beforeAll(async () => {
      const { system, mcw } = running();
      openclaw = await startOpenClawSimulator();
      const scene = await setScene(system.admin, openclaw, 'Operations');
      board = ['--board', scene.boardId];
      webhook = await mcw.json<Webhook>(
        ...['webhooks', 'create', ...board, '--scheme', 'none', '--description', 'Do it'],
      );
      for (let n = 0; n < told; n += 1)
        await fetch(`${system.url}${webhook.endpoint_path}`, { method: 'POST', body: `{"n":${n}}` });
      await waitFor(async () => {
        const page = await system.admin.get<{ total: number }>(
          `${webhook.endpoint_path}/payloads?status=handled`,
        );
        return page.total === told;
      });
    });
    afterAll(() => openclaw?.stop());

    const reason = ['--reason', 'asked for'];
    const create = (...args: string[]) =>
      running().mcw.json<Replay>('replays', 'create', ...board, ...reason, ...args);

    it('are tried out without a change', async () => {
      expect(await create('--since', '1h', '--dry-run')).toMatchObject({ count: told });
      expect(await running().mcw.lines('replays', 'list', ...board)).toEqual([]);
    });

    it('are created for a selection, waited for, shown and listed', async () => {
      const { mcw } = running();
      const replay = await create('--status', 'handled', '--wait');
      expect(replay).toMatchObject({ state: 'completed', total: told, done: told, failed: 0 });
      expect(await mcw.json('replays', 'show', replay.id, ...board)).toEqual(replay);
      expect(await mcw.lines('replays', 'list', ...board)).toEqual([replay]);
      expect(await mcw.text('replays', 'list', ...board, '--state', 'completed')).toContain(
        `${replay.id}  completed`,
      );
      expect(await mcw.lines('replays', 'items', replay.id, ...board)).toEqual([]);
    });

    it('of listed payloads say in exit code and items what was not told', async () => {
      const { mcw } = running();
      const unknown = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
      const [payload] = await mcw.lines<{ id: string }>(
        'payloads',
        'list',
        ...board,
        '--webhook',
        webhook.id,
      );
      const ran = await mcw.run(
        ...['replays', 'create', ...board, ...reason, '--webhook', webhook.id, '--wait', '--json'],
        ...['--payload', payload?.id ?? '', '--payload', unknown],
      );
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(/^replay_items_failed: /)]);
      const { id } = JSON.parse(ran.stdout.toString()) as Replay;
      expect(await mcw.lines('replays', 'items', id, ...board)).toMatchObject([{ payload_id: unknown }]);
    });

    it('are paused, resumed and cancelled', async () => {
      const { mcw } = running();
      const { id } = await create('--all', '--rate', '0.01');
      expect(await mcw.json('replays', 'pause', id, ...board)).toMatchObject({ state: 'paused' });
      expect(await mcw.json('replays', 'resume', id, ...board)).toMatchObject({ state: 'running' });
      await mcw.text('replays', 'pause', id, ...board);
      expect(await mcw.json('replays', 'cancel', id, ...board)).toMatchObject({ state: 'cancelled' });
      const again = await mcw.run('replays', 'resume', id, ...board);
      expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/^replay_ended: /)]);
    });
  });

  describe('deleting a payload', () => {
    needing(running, 'DELETE', '/api/v1/boards/{board_id}/webhooks/{webhook_id}/payloads/{payload_id}');

    it('hides it, and says what remains', async () => {
      const { mcw, scope, payloadId } = running();
      expect(await mcw.text('payloads', 'delete', payloadId, ...scope, '--yes')).toMatch(
        /^Deleted\. What remains:\n\nwhere +event_store\n/,
      );
      // The API waits up to two seconds for the read model.
      await waitFor(async () => (await mcw.run('payloads', 'show', payloadId, ...scope)).code === 5);
      expect(await mcw.json('payloads', 'delete', payloadId, ...scope, '--yes')).toMatchObject({ ok: true });
    });
  });
};
