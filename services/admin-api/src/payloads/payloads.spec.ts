import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { asEvent, type DeliveryFact, newRandomId, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { arrive, deliver, type Sent } from '../testing/arrivals.ts';
import { auditorToken, startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let webhookId: string;
let payloads: string;
beforeAll(async () => {
  api = await startTestAdminApi();
});
afterAll(() => api.stop());
beforeEach(async () => {
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  payloads = `/api/v1/boards/${boardId}/webhooks/${webhookId}/payloads`;
});

/** Resolves once the payload can be read. */
const receive = async (sent: Omit<Sent, 'boardId' | 'webhookId'>): Promise<string> => {
  const id = await arrive(api.store, { boardId, webhookId, ...sent });
  await waitFor(async () => (await api.call('GET', `${payloads}/${id}`)).status === 200);
  return id;
};

const awkward = '{"n":12345678901234567890.10,"e":1e400,"a":1,"a":2,"s":"\\u0000\\/é"}';

describe('a payload', () => {
  it('is shown as the sender wrote it, with what is known about it', async () => {
    const id = await receive({ body: awkward, receivedAt: '2026-03-05T12:00:00.000Z' });
    const single = await api.call('GET', `${payloads}/${id}`);
    expect(single.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(single.text).toContain(`"payload":${awkward},"headers"`);
    const { payload: _, ...known } = single.body;
    expect(known).toEqual({
      id,
      board_id: boardId,
      webhook_id: webhookId,
      headers: { 'content-type': 'application/json', 'x-github-event': 'push' },
      source_ip: '192.0.2.1',
      content_type: 'application/json',
      event_type: 'push',
      encrypted: false,
      filter_error: null,
      sender: 'GitHub',
      received_at: '2026-03-05T12:00:00.000Z',
      payload_encoding: 'json',
      request_headers: {
        'content-type': 'application/json',
        'x-github-event': 'push',
        accept: '*/*',
        authorization: '[redacted]',
      },
      sha256: createHash('sha256').update(awkward).digest('hex'),
      size: Buffer.byteLength(awkward),
      signature: { verdict: 'verified', scheme: 'github', secret: null },
      status: 'stored',
      status_reason: null,
      status_detail: null,
      status_since: '2026-03-05T12:00:00.000Z',
      arrivals: 1,
      differing_arrivals: 0,
    });
    const list = await api.call('GET', payloads);
    expect(list.text).toContain(`"payload":${awkward},"headers"`);
    expect(list.body).toMatchObject({ items: [known], total: 1, limit: 50, offset: 0, next_cursor: null });
  });

  it('can be read as soon as it has arrived', async () => {
    for (let n = 0; n < 20; n += 1) {
      const id = await arrive(api.store, { boardId, webhookId, body: '{}' });
      expect((await api.call('GET', `${payloads}/${id}`)).status).toBe(200);
    }
    expect((await api.call('GET', `${payloads}/${newRandomId()}`)).status).toBe(404);
  });

  it('that is not JSON is a string', async () => {
    const text = await receive({ body: 'hello "you"', contentType: 'text/plain' });
    expect((await api.call('GET', `${payloads}/${text}`)).body).toMatchObject({
      payload: 'hello "you"',
      payload_encoding: 'text',
    });
    const bytes = await receive({ body: Buffer.from([0xff, 0xfe, 0]) });
    expect((await api.call('GET', `${payloads}/${bytes}`)).body).toMatchObject({
      payload: '//4A',
      payload_encoding: 'base64',
    });
  });

  it('that was compressed is shown inflated, and downloaded as it arrived', async () => {
    const text = 'payload=%7B%22n%22%3A1.0%7D&a=1';
    const body = gzipSync(text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const inflated = { encoding: 'gzip', size: text.length, sha256 } as const;
    const id = await receive({ body, contentType: 'application/x-www-form-urlencoded', inflated });
    const shown = await api.call('GET', `${payloads}/${id}`);
    expect(shown.text).toContain('"payload":{"payload":{"n":1.0},"a":"1"},"headers"');
    expect(shown.body).toMatchObject({
      payload_encoding: 'form',
      size: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
    const response = await fetch(`${api.url}${payloads}/${id}/raw`, {
      headers: { authorization: `Bearer ${auditorToken}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-original-content-encoding': 'gzip',
      'x-original-content-type': 'application/x-www-form-urlencoded',
    });
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it('is downloaded byte for byte, and no browser runs it', async () => {
    const body = randomBytes(100_000);
    const id = await receive({ body, contentType: 'text/html; charset=utf-8' });
    const response = await fetch(`${api.url}${payloads}/${id}/raw`, {
      headers: { authorization: `Bearer ${auditorToken}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': expect.stringMatching(/^attachment/),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'x-original-content-type': 'text/html; charset=utf-8',
    });
  });

  it('whose bytes are gone says so', async () => {
    const id = await receive({ body: '{}' });
    await api.store.setStreamMetadata(streams.payloads(webhookId), { truncateBefore: 1 });
    const gone = { status: 410, body: { code: 'payload_gone' } };
    expect(await api.call('GET', `${payloads}/${id}/raw`)).toMatchObject(gone);
    expect((await api.call('GET', `${payloads}/${id}/timeline`)).status).toBe(200);
  });

  it('of another board, of another webhook or with an unknown id is not found', async () => {
    const id = await receive({ body: '{}' });
    const other = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
    const elsewhere = (await api.create('/api/v1/boards', { name: 'Other' })).id;
    for (const path of [
      `/api/v1/boards/${elsewhere}/webhooks/${webhookId}/payloads/${id}`,
      `/api/v1/boards/${boardId}/webhooks/${other}/payloads/${id}`,
      `${payloads}/${newRandomId()}`,
      `${payloads}/nonsense`,
    ]) {
      for (const view of ['', '/raw', '/timeline']) {
        const answer = await api.call('GET', `${path}${view}`);
        expect(answer).toMatchObject({ status: 404, body: { code: 'payload_not_found' } });
      }
      const again = await api.call('POST', `${path}/redeliver`, { body: { reason: 'x' } });
      expect(again.status).toBe(404);
    }
  });
});

describe('payloads', () => {
  it('are listed newest first, in pages and with filters', async () => {
    const ids: string[] = [];
    for (let day = 1; day <= 5; day += 1) {
      const receivedAt = `2026-03-0${day}T12:00:00.000Z`;
      ids.unshift(await receive({ body: JSON.stringify({ day, who: 'Ada 100%' }), receivedAt }));
    }
    const listed = async (query: string) => {
      const { body } = await api.call('GET', `${payloads}?${query}`);
      return { ids: body.items.map((item: { id: string }) => item.id), ...body };
    };
    expect((await listed('')).ids).toEqual(ids);
    expect(await listed('limit=2&offset=1')).toMatchObject({
      ids: ids.slice(1, 3),
      total: 5,
      limit: 2,
      offset: 1,
    });
    const first = await listed('limit=3');
    expect((await listed(`limit=3&cursor=${first.next_cursor}`)).ids).toEqual(ids.slice(3));
    expect(await listed('since=2026-03-02&until=2026-03-04T12:00:00Z')).toMatchObject({
      ids: ids.slice(2, 4),
      total: null,
    });
    expect((await listed('since=2026-03-05T14:00:00%2B02:00')).ids).toEqual(ids.slice(0, 1));
    expect((await listed('q=%22day%22:3')).ids).toEqual(ids.slice(2, 3));
    expect((await listed('q=ADA%20100%25')).ids).toEqual(ids);
    expect((await listed('status=stored')).total).toBe(5);
    expect((await listed('status=told')).ids).toEqual([]);
    expect(await listed('status=received')).toMatchObject({ ids: [], total: 0 });
  });

  it('are not listed for an invalid query', async () => {
    for (const query of [
      'limit=0',
      'limit=201',
      'limit=x',
      'offset=-1',
      'status=lost',
      'since=yesterday',
      'cursor=abc',
      'q=%00',
    ]) {
      expect((await api.call('GET', `${payloads}?${query}`)).status).toBe(422);
    }
    for (const [path, known] of [
      [
        payloads,
        'received, stored, delivering, sent, interrupted, told, handled, run_failed, outcome_unknown, parked, failed, filtered',
      ],
      [
        `/api/v1/boards/${boardId}/deliveries`,
        'requested, attempted, retrying, sent, interrupted, told, handled, run_failed, outcome_unknown, parked, failed, filtered',
      ],
    ]) {
      const { detail } = (await api.call('GET', `${path}?status=lost`)).body;
      expect(detail).toBe(`status must be one of ${known}.`);
    }
  });
});

describe('the timeline of a payload', () => {
  it('tells what happened to it, in chronological order', async () => {
    const payloadId = await receive({ body: '{}', receivedAt: '2026-03-05T12:00:00.000Z' });
    await receive({ body: '{}', payloadId, receivedAt: '2026-03-05T12:00:09.000Z' });
    const agentId = newRandomId();
    const gatewayId = newRandomId();
    const delivery = { payloadId, boardId, webhookId, deliveryId: newRandomId() };
    await deliver(
      api.store,
      {
        type: 'DeliveryAttempted',
        data: {
          ...delivery,
          arrivalRevision: 0,
          agentId,
          gatewayId,
          sessionKey: 'agent:main:x',
          idempotencyKey: 'k',
          revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
          template: 1,
          baseUrl: 'https://hooks.test',
          textSha256: 'a'.repeat(64),
        },
      },
      '2026-03-05T12:00:01.000Z',
    );
    await deliver(
      api.store,
      {
        type: 'DeliveryAttemptFailed',
        data: { ...delivery, attempt: 1, code: 'connect_timeout', gatewayCode: null, retryAt: null },
      },
      '2026-03-05T12:00:02.000Z',
    );
    await deliver(
      api.store,
      {
        type: 'AgentTold',
        data: { ...delivery, agentId, sessionKey: 'agent:main:x', runId: 'r', attempt: 2 },
      },
      '2026-03-05T12:00:03.000Z',
    );
    const asked = await api.call('POST', `${payloads}/${payloadId}/redeliver`, {
      body: { reason: 'missed it' },
    });
    const { body } = await api.call('GET', `${payloads}/${payloadId}/timeline`);
    expect(body.payload_id).toBe(payloadId);
    expect(body.items.map((item: { what: string }) => item.what)).toEqual([
      'arrived',
      'stored',
      'attempted',
      'attempt_failed',
      'told',
      'arrived',
      'redelivery_requested',
    ]);
    expect(body.items[2]).toMatchObject({ agent_id: agentId, gateway_id: gatewayId, template: 1 });
    expect(body.items[3]).toMatchObject({ attempt: 1, code: 'connect_timeout', detail: null });
    expect(body.items[4]).toMatchObject({ evidence: 'acknowledged', sent_again: false });
    expect(body.items[6]).toMatchObject({
      delivery_id: asked.body.delivery_id,
      reason: 'missed it',
      actor: { kind: 'admin', id: 'root' },
    });
  });
});

describe('the timeline of a payload that is told together with others', () => {
  /** The ids of the events in its audit trail. */
  const trailOf = async (payloadId: string): Promise<string[]> => {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = `limit=200${cursor && `&cursor=${cursor}`}`;
      const { body } = await api.call('GET', `/api/v1/audit/trail/payload/${payloadId}?${page}`);
      ids.push(...body.items.map((item: { id: string }) => item.id));
      cursor = body.next_cursor;
    }
    return ids;
  };

  it('names them, and has the events of their delivery', async () => {
    const payloadIds = [await receive({ body: '{"n":1}' }), await receive({ body: '{"n":2}' })];
    const of = { boardId, webhookId };
    for (const payloadId of payloadIds)
      await deliver(
        api.store,
        { type: 'DeliveryCoalesced', data: { ...of, payloadId, deliveryId: newRandomId() } },
        new Date().toISOString(),
      );
    const id = newRandomId();
    const together = payloadIds.map((payloadId, n) => ({
      payloadId,
      arrivalRevision: n,
      eventId: newRandomId(),
    }));
    const event = asEvent<'PayloadsCoalesced'>(
      { type: 'PayloadsCoalesced', data: { ...of, keySha256: null, payloads: together } },
      {
        occurredAt: new Date().toISOString(),
        ...{ actor: { kind: 'service', id: 'relay' }, correlationId: id, causationId: null },
      },
      id,
    );
    await api.store.append(streams.coalesced(webhookId), 'any', [event]);
    await deliver(
      api.store,
      {
        type: 'DeliveryParked',
        data: {
          ...{ ...of, payloadId: id, deliveryId: id, arrivalRevision: 0, coalescedRevision: 0 },
          reason: 'no_agent',
        },
      },
      new Date().toISOString(),
    );
    for (const payloadId of payloadIds) {
      const { body } = await waitFor(async () => {
        const answer = await api.call('GET', `${payloads}/${payloadId}/timeline`);
        return answer.body.status === 'parked' && answer;
      });
      expect(body.items.slice(-2)).toMatchObject([
        { what: 'coalesced', delivery_id: id, payloads: 2, payload_ids: payloadIds },
        { what: 'parked', delivery_id: id, reason: 'no_agent' },
      ]);
      const history = (await api.call('GET', `${payloads}/${payloadId}/history`)).body.items;
      expect(history[0]).toMatchObject({
        type: 'DeliveryParked',
        delivery_id: id,
        after: { status: 'parked' },
      });
      expect(await trailOf(payloadId)).toContain(id);
    }
    const { items } = (await api.call('GET', `/api/v1/boards/${boardId}/deliveries?status=parked`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({ id, payload_id: payloadIds[0], coalesced_id: id }),
    );
  });
});

describe('the timeline of a message', () => {
  it('shows how it was acknowledged, lost, sent again, told and handled', async () => {
    const payloadId = await receive({ body: '{}', receivedAt: '2026-03-05T12:00:00.000Z' });
    const deliveryId = newRandomId();
    const delivery = { payloadId, boardId, webhookId, deliveryId };
    const agentId = newRandomId();
    const gatewayId = newRandomId();
    const message = {
      ...delivery,
      agentId,
      gatewayId,
      sessionKey: 's',
      idempotencyKey: deliveryId,
      runId: 'r',
    };
    const facts: DeliveryFact[] = [
      { type: 'MessageSent', data: { ...message, bootId: 'b', attempt: 1, sentAgain: false } },
      { type: 'MessageLost', data: { ...delivery, idempotencyKey: deliveryId, reason: 'gateway_restarted' } },
      { type: 'MessageSent', data: { ...message, bootId: 'c', attempt: 2, sentAgain: true } },
      { type: 'MessageConfirmed', data: { ...message, attempt: 2, evidence: 'history', sentAgain: true } },
      {
        type: 'AgentRunEnded',
        data: { ...delivery, runId: 'r', outcome: 'error', code: 'rate_limit', detail: 'HTTP 429' },
      },
    ];
    for (const [n, fact] of facts.entries())
      await deliver(api.store, fact, `2026-03-05T12:00:0${n + 1}.000Z`);
    const again = { ...delivery, deliveryId: newRandomId() };
    const unknown = { ...again, reason: 'session_reset' } as const;
    await deliver(api.store, { type: 'DeliveryOutcomeUnknown', data: unknown }, '2026-03-05T12:00:06.000Z');
    const { body } = await api.call('GET', `${payloads}/${payloadId}/timeline`);
    const same = { delivery_id: deliveryId, event_id: expect.any(String), at: expect.any(String) };
    const sent = { ...same, what: 'sent', agent_id: agentId, gateway_id: gatewayId, run_id: 'r' };
    expect(body.items.slice(2, 8)).toEqual([
      { ...sent, attempt: 1, sent_again: false },
      { ...same, what: 'lost', reason: 'gateway_restarted' },
      { ...sent, attempt: 2, sent_again: true },
      {
        ...same,
        what: 'told',
        agent_id: agentId,
        attempt: 2,
        run_id: 'r',
        evidence: 'history',
        sent_again: true,
      },
      { ...same, what: 'run_ended', run_id: 'r', outcome: 'error', code: 'rate_limit', detail: 'HTTP 429' },
      { ...same, delivery_id: again.deliveryId, what: 'outcome_unknown', reason: 'session_reset' },
    ]);
    const listed = async (status: string) =>
      (await api.call('GET', `/api/v1/boards/${boardId}/deliveries?status=${status}`)).body;
    await waitFor(async () => (await listed('outcome_unknown')).total === 1);
    expect((await listed('outcome_unknown')).items).toMatchObject([
      { id: again.deliveryId, reason: 'session_reset' },
    ]);
    expect((await api.call('GET', `${payloads}?status=outcome_unknown`)).body).toMatchObject({
      total: 1,
      items: [{ id: payloadId, status_reason: 'session_reset' }],
    });
  });
});

describe('a redelivery', () => {
  it('is requested with a reason, for an agent of the board', async () => {
    const id = await receive({ body: '{}' });
    const agent = await api.create('/api/v1/agents', { board_id: boardId, name: 'A' });
    const ask = (body: object) => api.call('POST', `${payloads}/${id}/redeliver`, { body });
    const asked = await ask({ agent_id: agent.id, reason: ' once more ' });
    expect(asked).toMatchObject({ status: 202, body: { delivery_id: expect.any(String) } });
    const { body } = await api.call('GET', `/api/v1/boards/${boardId}/deliveries?status=requested`);
    const listed = async (filter: string) =>
      (
        await api.call('GET', `/api/v1/boards/${boardId}/deliveries?status=requested&${filter}`)
      ).body.items.map(({ id }: { id: string }) => id);
    const own = [asked.body.delivery_id];
    expect(await listed('event_type=push')).toEqual(own);
    expect(await listed('event_type=pus')).toEqual([]);
    expect(await listed('event_type=push.*')).toEqual([]);
    expect(await listed('reason=once+more')).toEqual(own);
    expect(await listed('reason=once')).toEqual([]);
    expect(body.items).toEqual([
      {
        id: asked.body.delivery_id,
        coalesced_id: null,
        payload_id: id,
        board_id: boardId,
        webhook_id: webhookId,
        event_type: 'push',
        sender: 'GitHub',
        agent_id: agent.id,
        gateway_id: null,
        session_key: null,
        status: 'requested',
        reason: 'once more',
        detail: null,
        attempts: 0,
        sent_at: null,
        sent_again: false,
        told_at: null,
        evidence: null,
        run_id: null,
        run_outcome: null,
        run_code: null,
        ended_at: null,
        requested_at: expect.any(String),
        updated_at: expect.any(String),
      },
    ]);
    expect(body.total).toBe(1);
    expect((await ask({ reason: '' })).status).toBe(422);
    expect((await ask({ agent_id: agent.id })).status).toBe(422);
    expect((await ask({ agent_id: newRandomId(), reason: 'x' })).body.code).toBe('agent_not_on_board');
  });
});
