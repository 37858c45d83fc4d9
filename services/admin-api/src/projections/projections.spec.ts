import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { beginBuild, noteProgress, switchTo } from '@mission-control/projections';
import { openReadModels, projections } from '@mission-control/read-models';
import { waitFor } from '@mission-control/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let models: ReturnType<typeof openReadModels>;
beforeEach(async () => {
  api = await startTestAdminApi();
  models = openReadModels(api.databaseUrl);
});
afterEach(async () => {
  await models.close();
  await api.stop();
});

const path = '/api/v1/projections';
const asAuditor = { headers: { authorization: `Bearer ${auditorToken}` } };
const stateOf = async (name: string) => {
  const { body } = await api.call('GET', path, asAuditor);
  return body.items.find((item: { name: string }) => item.name === name);
};
const projection = (name: string) => {
  const found = projections.find((one) => one.name === name);
  if (!found) throw new Error(name);
  return found;
};

describe('the list of projections', () => {
  it('says which build is read, of which version, and that it is current', async () => {
    await api.create('/api/v1/boards', { name: 'Board' });
    const { status, body } = await api.call('GET', path, asAuditor);
    expect(status).toBe(200);
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(projections.map(({ name }) => name));
    expect(await stateOf('configuration')).toMatchObject({
      version: projection('configuration').version,
      build: 1,
      position: expect.stringMatching(/^\d+$/),
      lag_events: 0,
      lag_seconds: 0,
      state: 'current',
      rebuild: null,
    });
  });

  it('counts what a projection has not applied, and how old it is', async () => {
    await api.stopProjections();
    const boardId = newRandomId();
    const occurredAt = new Date(Date.now() - 60_000).toISOString();
    const context = {
      occurredAt,
      actor: { kind: 'admin', id: 'test' },
      correlationId: 'test',
      causationId: null,
    } as const;
    const created = asEvent(
      { type: 'BoardCreated', data: { boardId, name: 'b', slug: 'b', description: '', gatewayId: null } },
      context,
    );
    await api.store.append(streams.board(boardId), 'any', [created]);
    const state = await stateOf('configuration');
    expect(state).toMatchObject({ lag_events: 1, state: 'behind' });
    expect(state.lag_seconds).toBeGreaterThanOrEqual(60);
    // Boards are nothing to the projection of payloads.
    expect(await stateOf('payloads')).toMatchObject({ lag_events: 0 });
  });
});

describe('a rebuild', () => {
  it('is requested by an admin, and the log says by whom', async () => {
    const { status, body } = await api.call('POST', `${path}/payloads/rebuild`);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      name: 'payloads',
      build: 1,
      state: 'rebuilding',
      rebuild: { build: 2, cause: 'request', requested_by: 'admin:root', started_at: null, progress: 0 },
    });
    const events = await Array.fromAsync(api.store.readStream(streams.projection('payloads')));
    expect(events).toMatchObject([
      {
        type: 'ProjectionRebuildRequested',
        data: { projection: 'payloads', build: 2, cause: 'request' },
        metadata: { actor: { kind: 'admin', id: 'root' } },
      },
    ]);
    expect((await stateOf('memory')).rebuild).toBeNull();
  });

  it('is refused while one is running, with the progress of that one', async () => {
    await api.call('POST', `${path}/payloads/rebuild`);
    const begun = { projection: 'payloads', build: 2 };
    await beginBuild(models.db, projection('payloads'), 2, 400n);
    await sql`
      update projection_checkpoints set incarnation = 'log', position = 100 where projection = 'payloads@2'`.execute(
      models.db,
    );
    await noteProgress(models.db, begun, { eventsPerSecond: 50, secondsLeft: 6, problem: 'why' });
    const { status, body } = await api.call('POST', `${path}/payloads/rebuild`);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'rebuild_running',
      rebuild: {
        build: 2,
        started_at: expect.any(String),
        position: '100',
        progress: 0.25,
        events_per_second: 50,
        seconds_left: 6,
        problem: 'why',
      },
    });
    // Other projections are rebuilt at the same time.
    expect((await api.call('POST', `${path}/memory/rebuild`)).status).toBe(202);
  });

  it('of many requests at once is requested once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.call('POST', `${path}/payloads/rebuild`)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409, 409]);
  });

  it('is cancelled, once', async () => {
    expect(await api.call('DELETE', `${path}/payloads/rebuild`)).toMatchObject({
      status: 404,
      body: { code: 'rebuild_not_found' },
    });
    await api.call('POST', `${path}/payloads/rebuild`);
    expect(await api.call('DELETE', `${path}/payloads/rebuild`)).toMatchObject({ status: 204, text: '' });
    expect((await stateOf('payloads')).rebuild).toBeNull();
    expect((await api.call('DELETE', `${path}/payloads/rebuild`)).status).toBe(404);
    expect((await api.call('POST', `${path}/payloads/rebuild`)).body.rebuild.build).toBe(3);
  });

  it('of a projection that does not exist is not found', async () => {
    for (const method of ['POST', 'DELETE'])
      expect(await api.call(method, `${path}/boards/rebuild`)).toMatchObject({
        status: 404,
        body: { code: 'projection_not_found' },
      });
  });

  it('is nothing for auditors', async () => {
    for (const method of ['POST', 'DELETE'])
      expect((await api.call(method, `${path}/payloads/rebuild`, asAuditor)).status).toBe(403);
  });
});

it('a page that began in one build continues in the next one', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  for (const name of names) await api.create('/api/v1/boards', { name });
  const list = (cursor = '') => api.call('GET', `/api/v1/boards?limit=2${cursor && `&cursor=${cursor}`}`);
  const first = (await list()).body;
  await beginBuild(models.db, projection('configuration'), 2, null);
  await sql`insert into "public-configuration-2".boards select * from public.boards`.execute(models.db);
  await sql`
    update projection_checkpoints filled set incarnation = live.incarnation, position = live.position, event_id = live.event_id
      from projection_checkpoints live
     where filled.projection = 'configuration@2' and live.projection = 'configuration'`.execute(models.db);
  expect(await switchTo(models.db, 'configuration', 2, async () => true)).toBe('switched');
  await waitFor(async () => (await stateOf('configuration')).build === 2);
  await sql`truncate public.boards`.execute(models.db);
  await waitFor(async () => (await list()).body.items.length === 2);
  const second = (await list(first.next_cursor)).body;
  const third = (await list(second.next_cursor)).body;
  const found = [first, second, third].flatMap(({ items }) =>
    items.map(({ name }: { name: string }) => name),
  );
  expect(found).toEqual(names.toReversed());
});
