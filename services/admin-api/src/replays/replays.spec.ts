import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type EventData, newOrderedId, newRandomId, parseEvent, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive, deliver } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());

const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 12, minute)).toISOString();

/** A board with an agent and two webhooks; the first has 6 payloads, one a minute, of which the third failed. */
const scene = async () => {
  const boardId: string = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  const agentId: string = (await api.create('/api/v1/agents', { board_id: boardId, name: 'Ada' })).id;
  const board = `/api/v1/boards/${boardId}`;
  const webhook = async () => (await api.create(`${board}/webhooks`, { description: 'x' })).id as string;
  const [webhookId, otherId] = [await webhook(), await webhook()];
  const payloads: string[] = [];
  for (let n = 0; n < 6; n += 1)
    payloads.push(await arrive(api.store, { boardId, webhookId, body: `{"n":"${n}x"}`, receivedAt: at(n) }));
  const other = await arrive(api.store, { boardId, webhookId: otherId, body: '{}', receivedAt: at(9) });
  const failed = payloads[2] ?? '';
  const data = { payloadId: failed, boardId, webhookId, deliveryId: newOrderedId() };
  const reason = { reason: 'gateway_refused', gatewayCode: null };
  await deliver(api.store, { type: 'DeliveryFailed', data: { ...data, ...reason } }, at(3));
  const shown = `${board}/webhooks/${webhookId}/payloads/${failed}`;
  await waitFor(async () => (await api.call('GET', shown)).body.status === 'failed');
  return { boardId, agentId, board, webhookId, payloads, other, failed };
};
type Scene = Awaited<ReturnType<typeof scene>>;

const ofWebhook = ({ board, webhookId }: Scene) => `${board}/webhooks/${webhookId}/replays`;
const ofBoard = ({ board }: Scene) => `${board}/replays`;
const reason = 'after the outage';

/** What is stored as the list of the replay. */
const listOf = async (replayId: string): Promise<string[]> => {
  const events = await Array.fromAsync(api.store.readStream(streams.replayItems(replayId)));
  return events.flatMap((event) =>
    (event.data as EventData<'ReplayItemsListed'>).items.map(([payloadId]) => payloadId),
  );
};

const eventsIn = async (): Promise<number> => (await Array.fromAsync(api.store.readAll())).length;

describe('a replay', () => {
  it('has a fixed list, in the order of arrival, and names who requested it and why', async () => {
    const set = await scene();
    const replay = await api.create(ofWebhook(set), { reason, rate: 2.5, agent_id: set.agentId });
    expect(replay).toEqual({
      id: expect.any(String),
      board_id: set.boardId,
      webhook_id: set.webhookId,
      agent_id: set.agentId,
      reason,
      rate: 2.5,
      filter: {
        ...{ since: null, until: null, status: null, status_reason: null },
        ...{ event_type: null, q: null, payload_ids: null },
      },
      state: 'running',
      ...{ total: 6, waiting: 6, under_way: 0, done: 0, failed: 0, skipped: 0 },
      requested_by: 'root',
      created_at: expect.any(String),
      updated_at: replay.created_at,
      ended_at: null,
    });
    expect(await listOf(replay.id)).toEqual(set.payloads);
    const recorded = await api.store.readEvent(streams.replay(replay.id), 0);
    if (recorded === 'gone') throw new Error('The event is gone.');
    const event = parseEvent(recorded);
    expect(event.metadata.actor).toEqual({ kind: 'admin', id: 'root' });
    expect(event.data).toMatchObject({ asOf: { incarnation: expect.stringMatching(/./) }, total: 6 });
    // The read model shows the same.
    expect((await api.call('GET', `${ofBoard(set)}/${replay.id}`)).body).toEqual(replay);
  });

  it.each([
    ['since and until', { since: at(1), until: at(3) }, [1, 2]],
    ['status', { status: 'failed' }, [2]],
    ['reason of the status', { status_reason: 'gateway_refused' }, [2]],
    ['text and event type', { event_type: 'push', q: '4X' }, [4]],
    ['text', { q: '4X' }, [4]],
    ['everything together', { since: at(2), status: 'failed', q: '2x' }, [2]],
  ])('consists of the payloads that match: %s', async (_, filter, expected) => {
    const set = await scene();
    const replay = await api.create(ofWebhook(set), { reason, ...filter });
    expect(await listOf(replay.id)).toEqual(expected.map((n) => set.payloads[n]));
  });

  it('of a board has payloads of all its webhooks', async () => {
    const set = await scene();
    const replay = await api.create(ofBoard(set), { reason });
    expect(replay).toMatchObject({ webhook_id: null, total: 7 });
    expect(await listOf(replay.id)).toEqual([...set.payloads, set.other]);
  });

  it('of listed ids lists those that are not found as well', async () => {
    const set = await scene();
    const unknown = newRandomId();
    const [first = '', second = ''] = set.payloads;
    const listed = { reason, payload_ids: [second, unknown, set.other, first, second] };
    const replay = await api.create(ofWebhook(set), listed);
    expect(replay).toMatchObject({ total: 4, filter: { payload_ids: 4 } });
    expect((await listOf(replay.id)).slice(0, 2)).toEqual([first, second]);
    expect(new Set((await listOf(replay.id)).slice(2))).toEqual(new Set([unknown, set.other]));
  });

  it('that is only tried out says how many payloads it would have, and changes nothing', async () => {
    const set = await scene();
    const before = await eventsIn();
    const answer = await api.call('POST', ofWebhook(set), {
      body: { reason, dry_run: true, since: at(1), rate: 0.5 },
    });
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      dry_run: true,
      count: 5,
      still_delivering: 4,
      not_found: 0,
      first: { payload_id: set.payloads[1], received_at: at(1) },
      last: { payload_id: set.payloads[5], received_at: at(5) },
      estimated_seconds: 0,
    });
    const listed = { reason, dry_run: true, payload_ids: [newRandomId(), set.failed] };
    expect((await api.call('POST', ofBoard(set), { body: listed })).body).toMatchObject({
      ...{ count: 1, not_found: 1, still_delivering: 0 },
    });
    expect(
      (await api.call('POST', ofWebhook(set), { body: { reason, dry_run: true, q: 'none' } })).body,
    ).toMatchObject({ count: 0, first: null, last: null, estimated_seconds: 0 });
    expect(await eventsIn()).toBe(before);
  });

  it('is rejected if there is nothing to replay, or the request is wrong', async () => {
    const set = await scene();
    const elsewhere = await scene();
    const before = await eventsIn();
    for (const [path, body, status, code] of [
      [ofWebhook(set), { reason, q: 'none' }, 422, 'replay_empty'],
      [ofWebhook(set), { reason, event_type: 'push.*' }, 422, 'replay_empty'],
      [ofWebhook(set), { reason, payload_ids: [set.other] }, 422, 'replay_empty'],
      [ofWebhook(set), {}, 422, 'validation_failed'],
      [ofWebhook(set), { reason: '  ' }, 422, 'validation_failed'],
      [ofWebhook(set), { reason, rate: 0 }, 422, 'validation_failed'],
      [ofWebhook(set), { reason, rate: 201 }, 422, 'validation_failed'],
      [ofWebhook(set), { reason, payload_ids: [] }, 422, 'validation_failed'],
      [ofWebhook(set), { reason, payload_ids: [set.failed], q: 'x' }, 422, 'validation_failed'],
      [ofWebhook(set), { reason, agent_id: elsewhere.agentId }, 422, 'agent_not_on_board'],
      [`${set.board}/webhooks/${elsewhere.webhookId}/replays`, { reason }, 404, 'webhook_not_found'],
      [`/api/v1/boards/${newRandomId()}/replays`, { reason }, 404, 'board_not_found'],
    ] as const) {
      const answer = await api.call('POST', path, { body });
      expect([path, body, answer.status, answer.body.code]).toEqual([path, body, status, code]);
    }
    expect(await eventsIn()).toBe(before);
  });

  it('is paused, resumed and cancelled, each time once', async () => {
    const set = await scene();
    const { id } = await api.create(ofWebhook(set), { reason });
    const path = `${ofBoard(set)}/${id}`;
    const change = async (state: string) => (await api.call('PATCH', path, { body: { state } })).body;
    expect(await change('paused')).toMatchObject({ id, state: 'paused' });
    expect((await api.call('GET', path)).body.state).toBe('paused');
    await change('paused');
    expect(await change('running')).toMatchObject({ state: 'running' });
    await change('paused');
    const cancelled = await api.call('DELETE', path);
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled', total: 6 } });
    expect(cancelled.body.ended_at).not.toBeNull();
    expect((await api.call('DELETE', path)).status).toBe(200);
    const late = await api.call('PATCH', path, { body: { state: 'running' } });
    expect(late).toMatchObject({ status: 409, body: { code: 'replay_ended' } });
    const { revision } = await loadAggregate(api.store, aggregates.replay, id);
    expect(revision).toBe(4);
    expect((await api.call('PATCH', path, { body: { state: 'done' } })).status).toBe(422);
  });

  it('is listed with its board and its webhook, and nowhere else', async () => {
    const set = await scene();
    const elsewhere = await scene();
    const first = await api.create(ofWebhook(set), { reason });
    const second = await api.create(ofBoard(set), { reason });
    await api.call('DELETE', `${ofBoard(set)}/${second.id}`);
    const idsIn = async (path: string) =>
      (await api.call('GET', path)).body.items.map((one: { id: string }) => one.id);
    expect(await idsIn(ofBoard(set))).toEqual([second.id, first.id]);
    expect(await idsIn(ofWebhook(set))).toEqual([first.id]);
    expect(await idsIn(`${ofBoard(set)}?state=cancelled`)).toEqual([second.id]);
    expect(await idsIn(ofBoard(elsewhere))).toEqual([]);
    for (const [method, body] of [
      ['GET', undefined],
      ['PATCH', { state: 'paused' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await api.call(method, `${ofBoard(elsewhere)}/${first.id}`, body ? { body } : {});
      expect(answer).toMatchObject({ status: 404, body: { code: 'replay_not_found' } });
    }
    const headers = { authorization: `Bearer ${auditorToken}` };
    expect((await api.call('GET', `${ofBoard(set)}/${first.id}`, { headers })).status).toBe(200);
  });

  it('shows which items failed or were skipped, a page at a time', async () => {
    const set = await scene();
    const { id } = await api.create(ofWebhook(set), { reason });
    const [first = '', second = '', third = ''] = set.payloads;
    const replay = { replayId: id, boardId: set.boardId };
    const of = { webhookId: set.webhookId };
    await api.store.append(streams.replay(id), 'any', [
      {
        id: newRandomId(),
        type: 'ReplayProgressed',
        data: {
          ...replay,
          ...{ handled: 4, underWay: [3], done: 0, failed: 1, skipped: 2 },
          unsuccessful: [
            { ...of, item: 2, payloadId: third, outcome: 'skipped', reason: 'payload_gone' },
            { ...of, item: 0, payloadId: first, outcome: 'skipped', reason: 'still_delivering' },
            { ...of, item: 1, payloadId: second, outcome: 'failed', reason: 'no_agent' },
          ],
        },
        metadata: {
          schemaVersion: 1,
          occurredAt: at(10),
          actor: { kind: 'service', id: 'steward' },
          correlationId: 'test',
          causationId: null,
        },
      },
    ]);
    // The response to a later change waits for the read model.
    await api.call('PATCH', `${ofBoard(set)}/${id}`, { body: { state: 'paused' } });
    expect((await api.call('GET', `${ofBoard(set)}/${id}`)).body).toMatchObject({
      ...{ total: 6, waiting: 2, under_way: 1, done: 0, failed: 1, skipped: 2 },
    });
    const items = async (query: string) =>
      (await api.call('GET', `${ofBoard(set)}/${id}/items${query}`)).body;
    expect(await items('?state=failed')).toMatchObject({
      items: [
        { item: 1, payload_id: second, webhook_id: set.webhookId, state: 'failed', reason: 'no_agent' },
      ],
      total: 1,
    });
    const page = await items('?limit=2');
    expect(page.items.map((one: { item: number }) => one.item)).toEqual([0, 1]);
    const rest = await items(`?limit=2&cursor=${page.next_cursor}`);
    expect(rest).toMatchObject({ items: [{ item: 2 }], next_cursor: null, total: 3 });
  });

  it('of more payloads than one event holds is listed completely', async () => {
    const set = await scene();
    const context = {
      schemaVersion: 1,
      occurredAt: at(20),
      actor: { kind: 'sender', id: '192.0.2.1' },
      correlationId: 'test',
      causationId: null,
    };
    const template = await api.store.readEvent(streams.payloads(set.webhookId), 0);
    if (template === 'gone') throw new Error('The event is gone.');
    const arrivals = Array.from({ length: 6_000 }, () => {
      const id = newOrderedId();
      return {
        id,
        type: template.type,
        data: { ...(template.data as object), payloadId: id },
        metadata: context,
      };
    });
    for (let n = 0; n < arrivals.length; n += 1_000)
      await api.store.append(streams.payloads(set.webhookId), 'any', arrivals.slice(n, n + 1_000));
    const replay = await api.create(ofWebhook(set), { reason });
    expect(replay.total).toBe(6_006);
    expect(await listOf(replay.id)).toEqual([...set.payloads, ...arrivals.map(({ id }) => id)]);
    expect(await Array.fromAsync(api.store.readStream(streams.replayItems(replay.id)))).toHaveLength(2);
  });

  it('is one of at most 20 of a board that have not ended', async () => {
    const set = await scene();
    for (let n = 0; n < 20; n += 1) await api.create(ofWebhook(set), { reason });
    const answer = await api.call('POST', ofBoard(set), { body: { reason } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'too_many_replays' } });
  });
});
