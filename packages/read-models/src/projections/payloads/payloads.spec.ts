import { hash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Fact, newOrderedId, wrapBody } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findArrival, listArrivals } from '../../queries/arrivals.ts';
import { listDeliveries, listDeliveriesOfPayload } from '../../queries/deliveries.ts';
import { findPayload, listPayloads } from '../../queries/payloads.ts';
import { isPayloadDeleted } from '../../queries/retention.ts';
import {
  attempted,
  coalesced,
  confirmed,
  deliveryOf,
  filtered,
  filterFailed,
  History,
  ids,
  lost,
  outcomeUnknown,
  parked,
  received,
  runEnded,
  second,
  sent,
  told,
  webhookDeleted,
} from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { payloadsProjection } from './payloads.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(payloadsProjection);
});
afterAll(() => models.drop());

const payload = (id: string = ids.payload) => findPayload(models.db, ids.board, ids.webhook, id);
const list = (filter = {}) =>
  listPayloads(models.db, ids.board, ids.webhook, { limit: 50, offset: 0, ...filter });
const deliveries = (id: string = ids.payload) => listDeliveriesOfPayload(models.db, id);
const arrival = randomUUID();

describe('a received payload', () => {
  it('is stored as the sender wrote it, with its headers', async () => {
    const text = '{ "n": 1.10, "big": 12345678901234567890, "n": 2, "nul": "\\u0000" }';
    await models.project(
      new History().add(
        received({
          text,
          headers: [
            ['content-type', 'application/json'],
            ['x-one', 'a'],
            ['accept', '*/*'],
            ['x-one', 'b'],
            ['authorization', '[redacted]'],
          ],
        }),
      ),
    );
    expect(await payload()).toEqual({
      id: ids.payload,
      board_id: ids.board,
      webhook_id: ids.webhook,
      payload: text,
      payload_encoding: 'json',
      headers: { 'content-type': 'application/json', 'x-one': 'a, b' },
      request_headers: {
        'content-type': 'application/json',
        'x-one': 'a, b',
        accept: '*/*',
        authorization: '[redacted]',
      },
      source_ip: '192.30.252.1',
      content_type: 'application/json',
      event_type: null,
      sender: null,
      encrypted: false,
      received_at: second(0),
      sha256: hash('sha256', text),
      content_sha256: hash('sha256', text),
      size: Buffer.byteLength(text),
      signature_verdict: 'verified',
      signature_scheme: 'github',
      signature_secret: null,
      status: 'stored',
      status_reason: null,
      status_detail: null,
      status_since: second(0),
      delivery_id: null,
      filter_error: null,
      arrivals: 1,
      differing_arrivals: 0,
      webhook_revision: 0,
      stream_revision: 0,
      position: 1n,
    });
  });

  it.each([
    ['text', 'hello\0', '"hello\\u0000"'],
    ['base64', Buffer.from([0xff, 0xfe]), '"//4="'],
    ['text', '['.repeat(129) + ']'.repeat(129), JSON.stringify('['.repeat(129) + ']'.repeat(129))],
    ['json', '', '{}'],
    ['json', '"\\ud800"', '"\\ud800"'],
  ])('is shown as %s if it is not JSON to embed (%#)', async (encoding, body, json) => {
    await models.project(new History().add(received({ body: wrapBody(Buffer.from(body)) })));
    expect(await payload()).toMatchObject({ payload_encoding: encoding, payload: json });
  });

  const gzipped = { encoding: 'gzip', size: 7, sha256: 'b'.repeat(64) } as const;
  it.each([
    [
      'form',
      'application/x-www-form-urlencoded',
      Buffer.from('a=1&a=2&b=%5B3%5D'),
      '{"a":["1","2"],"b":[3]}',
    ],
    [
      'multipart',
      'multipart/form-data; boundary=b',
      Buffer.from('--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nhi\r\n--b--'),
      '{"f":{"filename":"x","type":null,"size":2}}',
    ],
    ['text', 'text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1'), '"café"'],
    ['json', 'application/json', Buffer.from('\ufeff{"a":1}', 'utf16le'), '{"a":1}'],
  ])('is shown as %s if its type says so: %s', async (encoding, contentType, bytes, json) => {
    const gzip = gzipSync(bytes);
    const inflated = { ...gzipped, size: bytes.length };
    await models.project(
      new History().add(
        received({ contentType, body: wrapBody(bytes) }),
        received({ payloadId: ids.otherPayload, contentType, body: wrapBody(gzip), inflated }),
      ),
    );
    expect(await payload()).toMatchObject({ payload_encoding: encoding, payload: json });
    expect(await payload(ids.otherPayload)).toMatchObject({ payload_encoding: encoding, payload: json });
  });

  it('is one payload, however often it arrives', async () => {
    await models.project(
      new History().add(
        received({ id: arrival }),
        received({ sourceIp: '10.0.0.1', receivedAt: second(9), text: '{"other": 1}' }),
        received({ payloadId: ids.otherPayload }),
      ),
    );
    expect(await payload()).toMatchObject({
      arrivals: 2,
      payload: '{"ref": "main"}',
      received_at: second(0),
      stream_revision: 0,
    });
    expect(await listArrivals(models.db, ids.payload)).toMatchObject([
      { event_id: arrival, revision: 0, source_ip: '192.30.252.1' },
      { revision: 1, source_ip: '10.0.0.1', received_at: second(9) },
    ]);
    expect(await list()).toMatchObject({ total: 2, items: [{ id: ids.otherPayload }, { id: ids.payload }] });
  });

  it('counts the arrivals whose bodies differ from the first, and finds each by its number', async () => {
    const texts = ['{"n":1}', '{"n": 1}', '{"n":1}', '{"n":2}', '{"n": 1}'];
    await models.project(
      new History().add(
        ...texts.flatMap((text) => [received({ text }), received({ payloadId: ids.otherPayload })]),
      ),
    );
    expect(await payload()).toMatchObject({ arrivals: 5, differing_arrivals: 3, payload: texts[0] });
    expect(await payload(ids.otherPayload)).toMatchObject({ arrivals: 5, differing_arrivals: 0 });
    const arrivals = texts.map((text, n) => ({
      revision: 2 * n,
      sha256: hash('sha256', text),
      size: text.length,
    }));
    expect(await listArrivals(models.db, ids.payload)).toMatchObject(arrivals);
    for (const [n, arrival] of arrivals.entries()) {
      expect(await findArrival(models.db, ids.payload, n + 1)).toMatchObject(arrival);
    }
    expect(await findArrival(models.db, ids.payload, 6)).toBeUndefined();
  });

  it('weighs what it inflates to in a batch', () => {
    const { data } = received({ inflated: { encoding: 'gzip', size: 1_048_576, sha256: 'b'.repeat(64) } });
    expect(payloadsProjection.extraBytes?.(data)).toBe(1_048_576);
    expect(payloadsProjection.extraBytes?.(received({}).data)).toBe(0);
  });

  it('does not differ when the same content was compressed differently', async () => {
    const content = Buffer.from('{"ref": "main"}'.repeat(20));
    const inflated = { encoding: 'gzip', size: content.length, sha256: hash('sha256', content) } as const;
    const compressed = [1, 9].map((level) => gzipSync(content, { level }));
    expect(compressed[0]).not.toEqual(compressed[1]);
    const other = { ...inflated, sha256: 'c'.repeat(64) };
    await models.project(
      new History().add(
        ...compressed.map((body) => received({ body: wrapBody(body), inflated })),
        received({ body: wrapBody(gzipSync('{}')), inflated: other }),
      ),
    );
    expect(await payload()).toMatchObject({ arrivals: 3, differing_arrivals: 1 });
    expect(await listArrivals(models.db, ids.payload)).toMatchObject([
      { content_sha256: inflated.sha256 },
      { content_sha256: inflated.sha256 },
      { content_sha256: other.sha256 },
    ]);
  });

  it('counts once if the store contains the same event twice', async () => {
    await models.project(new History().add(received({ id: arrival }), received({ id: arrival })));
    expect(await payload()).toMatchObject({ arrivals: 1 });
    expect(await listArrivals(models.db, ids.payload)).toHaveLength(1);
  });
});

describe('a delivery', () => {
  const stored = () => new History().add(received({ id: arrival }));

  it('that is attempted sets the payload to delivering', async () => {
    await models.project(stored().add(attempted(arrival)));
    expect(await payload()).toMatchObject({
      status: 'delivering',
      status_reason: null,
      delivery_id: arrival,
    });
    expect(await deliveries()).toEqual([
      {
        ...{
          id: arrival,
          payload_id: ids.payload,
          coalesced_id: null,
          board_id: ids.board,
          webhook_id: ids.webhook,
        },
        ...{ agent_id: ids.agent, gateway_id: ids.gateway, session_key: 'main' },
        ...{ status: 'attempted', reason: null, detail: null, attempts: 1, sent_again: false },
        ...{ sent_at: null, told_at: null, evidence: null },
        ...{ run_id: null, run_outcome: null, run_code: null, ended_at: null },
        filter_error: null,
        ...{ requested_at: second(2), updated_at: second(2), position: 2n, applied_position: 2n },
      },
    ]);
  });

  it('whose attempt failed is retried', async () => {
    const failed = {
      type: 'DeliveryAttemptFailed',
      data: {
        ...deliveryOf(arrival),
        attempt: 2,
        code: 'gateway_unreachable',
        gatewayCode: null,
        retryAt: second(60),
      },
    } as const;
    await models.project(stored().add(attempted(arrival), failed));
    expect(await payload()).toMatchObject({ status: 'delivering', status_reason: null });
    expect(await deliveries()).toMatchObject([
      { status: 'retrying', reason: 'gateway_unreachable', attempts: 2 },
    ]);
  });

  it('whose attempt is replaced is attempted again, with the same number of attempts', async () => {
    const failed = {
      type: 'DeliveryAttemptFailed',
      data: { ...deliveryOf(arrival), attempt: 2, code: 'x', gatewayCode: null, retryAt: second(60) },
    } as const;
    await models.project(stored().add(attempted(arrival), failed, attempted(arrival)));
    expect(await payload()).toMatchObject({ status: 'delivering', status_reason: null });
    expect(await deliveries()).toMatchObject([{ status: 'attempted', reason: null, attempts: 2 }]);
  });

  it('that reached the agent sets the payload to told', async () => {
    await models.project(stored().add(attempted(arrival), told(arrival)));
    expect(await payload()).toMatchObject({ status: 'told', status_reason: null, status_since: second(3) });
    expect(await deliveries()).toMatchObject([
      { evidence: 'acknowledged', told_at: second(3), sent_at: null, run_outcome: null },
    ]);
    expect(await list({ status: 'told' })).toMatchObject({ total: 1, items: [{ id: ids.payload }] });
    expect(await list({ status: 'stored' })).toMatchObject({ total: 0, items: [] });
  });

  it('that the OpenClaw gateway acknowledged is sent, and told once the session has it', async () => {
    const history = stored().add(attempted(arrival), sent(arrival));
    await models.project(history);
    expect(await payload()).toMatchObject({ status: 'sent', status_reason: null, status_since: second(3) });
    expect(await deliveries()).toMatchObject([
      { status: 'sent', sent_at: second(3), told_at: null, run_id: arrival, gateway_id: ids.gateway },
    ]);
    await models.project(history.add(confirmed(arrival)));
    expect(await payload()).toMatchObject({ status: 'told', status_since: second(4) });
    expect(await deliveries()).toMatchObject([
      { status: 'told', sent_at: second(3), told_at: second(4), evidence: 'history', sent_again: false },
    ]);
  });

  it('that was lost is interrupted until it is attempted again, and is then marked as sent again', async () => {
    const history = stored().add(attempted(arrival), sent(arrival), lost(arrival));
    await models.project(history);
    expect(await payload()).toMatchObject({ status: 'interrupted', status_reason: 'interrupted' });
    await models.project(history.add(attempted(arrival)));
    expect(await payload()).toMatchObject({ status: 'delivering', status_reason: null });
    expect(await deliveries()).toMatchObject([{ status: 'attempted', sent_at: null, run_id: null }]);
    await models.project(history.add(sent(arrival, ids.payload, true), confirmed(arrival)));
    expect(await deliveries()).toMatchObject([{ status: 'told', sent_again: true }]);
  });

  it.each([
    ['ok', 'handled', null],
    ['no_reply', 'handled', null],
    ['error', 'run_failed', 'rate_limit'],
    ['timed_out', 'run_failed', 'timed_out'],
    ['skipped', 'run_failed', 'skipped'],
    ['unknown', 'told', null],
  ] as const)('whose run ended with %s sets the payload to %s', async (outcome, status, reason) => {
    await models.project(stored().add(attempted(arrival), confirmed(arrival), runEnded(arrival, outcome)));
    const since = status === 'told' ? second(3) : second(4);
    expect(await payload()).toMatchObject({ status, status_reason: reason, status_since: since });
    const [row] = await deliveries();
    expect(row).toMatchObject({ status, run_outcome: outcome, ended_at: second(4), told_at: second(3) });
    expect(row).toMatchObject({ run_id: arrival, detail: outcome === 'error' ? 'HTTP 429' : null });
    expect(await list({ status })).toMatchObject({ total: 1, items: [{ status_detail: row?.detail }] });
  });

  it('whose outcome cannot be determined says why', async () => {
    await models.project(stored().add(attempted(arrival), sent(arrival), outcomeUnknown(arrival)));
    expect(await payload()).toMatchObject({ status: 'outcome_unknown', status_reason: 'session_reset' });
    expect(await list({ status: 'outcome_unknown' })).toMatchObject({ total: 1 });
  });

  it('that failed or was parked shows the OpenClaw gateway’s sentence until it is attempted again', async () => {
    const parking = { ...parked(arrival, 'session_invalid').data, detail: 'malformed session key' };
    const history = stored().add(attempted(arrival), { type: 'DeliveryParked', data: parking });
    await models.project(history);
    expect(await payload()).toMatchObject({
      status: 'parked',
      status_reason: 'session_invalid',
      status_detail: 'malformed session key',
    });
    await models.project(history.add(attempted(arrival)));
    expect(await payload()).toMatchObject({ status: 'delivering', status_detail: null });
  });

  it('that was parked without an attempt says why', async () => {
    await models.project(stored().add(parked(arrival, 'no_agent')));
    expect(await payload()).toMatchObject({ status: 'parked', status_reason: 'no_agent' });
    expect(await deliveries()).toMatchObject([{ status: 'parked', reason: 'no_agent', attempts: 0 }]);
  });

  it('that a rule filtered says why, and begins again with a redelivery', async () => {
    const again = randomUUID();
    const history = stored().add(filtered(arrival));
    await models.project(history);
    expect(await payload()).toMatchObject({ status: 'filtered', status_reason: 'notify_when' });
    expect(await list({ status: 'filtered' })).toMatchObject({ total: 1, items: [{ id: ids.payload }] });
    await models.project(history.add(attempted(again)));
    expect(await payload()).toMatchObject({ status: 'delivering', delivery_id: again });
  });

  it('that a filter could not decide about says so from its first attempt on', async () => {
    const history = stored().add(filterFailed(arrival));
    await models.project(history);
    expect(await payload()).toMatchObject({ status: 'stored', filter_error: null });
    await models.project(history.add(attempted(arrival), told(arrival)));
    expect(await payload()).toMatchObject({ status: 'told', filter_error: 'error: no such key' });
  });

  it('that is told alone because its key has no value says so', async () => {
    await models.project(
      stored().add(filterFailed(arrival, ids.payload, 'coalesce.key'), attempted(arrival)),
    );
    expect(await payload()).toMatchObject({ filter_error: 'coalesce.key: error: no such key' });
  });

  it('that the OpenClaw gateway rejected says why', async () => {
    await models.project(
      stored().add(attempted(arrival), {
        type: 'DeliveryFailed',
        data: { ...deliveryOf(arrival), reason: 'gateway_refused', gatewayCode: 'INVALID_REQUEST' },
      }),
    );
    expect(await payload()).toMatchObject({ status: 'failed', status_reason: 'gateway_refused' });
  });

  it('that was requested counts from its first attempt on', async () => {
    const again = randomUUID();
    const history = stored().add(parked(arrival, 'no_agent'), {
      id: again,
      type: 'RedeliveryRequested',
      data: {
        payloadId: ids.payload,
        boardId: ids.board,
        webhookId: ids.webhook,
        arrivalRevision: 0,
        agentId: null,
        reason: 'agent is back',
      },
    });
    await models.project(history);
    expect(await payload()).toMatchObject({ status: 'parked', delivery_id: arrival });
    expect(await deliveries()).toMatchObject([
      { id: arrival },
      { id: again, status: 'requested', reason: 'agent is back', agent_id: null },
    ]);

    await models.project(history.add(attempted(again)));
    expect(await payload()).toMatchObject({ status: 'delivering', delivery_id: again });

    // A late outcome of the first delivery does not replace that of the last one.
    await models.project(history.add(told(again), parked(arrival, 'late')));
    expect(await payload()).toMatchObject({ status: 'told', delivery_id: again });
  });

  it('does not go back when an older event is repeated', async () => {
    const history = stored().add(attempted(arrival), told(arrival));
    await models.project(history);
    const before = await models.dump();
    for (const event of history.events) await models.apply([event]);
    expect(await models.dump()).toEqual(before);
    await models.apply(history.events.slice(1, 2));
    expect(await models.dump()).toEqual(before);
  });

  it('is listed across the board by status', async () => {
    await models.project(
      new History().add(
        received({ id: arrival }),
        received({ payloadId: ids.otherPayload }),
        parked(arrival, 'no_agent'),
        attempted(randomUUID(), ids.otherPayload),
      ),
    );
    const page = { limit: 1, offset: 0 };
    const first = await listDeliveries(models.db, ids.board, page);
    expect(first).toMatchObject({ total: null, items: [{ payload_id: ids.otherPayload }] });
    expect(
      await listDeliveries(models.db, ids.board, { ...page, cursor: first.next_cursor ?? '' }),
    ).toMatchObject({ items: [{ id: arrival }], next_cursor: null });
    expect(await listDeliveries(models.db, ids.board, { ...page, status: 'parked' })).toMatchObject({
      items: [{ id: arrival }],
    });
  });

  it('is not listed across the board once a later delivery of its payload has begun', async () => {
    const again = randomUUID();
    await models.project(
      new History().add(
        received({ id: arrival }),
        parked(arrival, 'no_agent'),
        attempted(again),
        told(again),
      ),
    );
    const page = { limit: 10, offset: 0 };
    expect(await listDeliveries(models.db, ids.board, { ...page, status: 'parked' })).toMatchObject({
      items: [],
      total: 0,
    });
    expect(await listDeliveries(models.db, ids.board, { ...page, status: 'told' })).toMatchObject({
      items: [{ id: again }],
      total: 1,
    });
    expect((await listDeliveries(models.db, ids.board, page)).items).toMatchObject([
      { id: again, status: 'told' },
    ]);
  });
});

describe('what is removed', () => {
  const empty = {
    board_webhook_payloads: [],
    webhook_payload_arrivals: [],
    webhook_deliveries: [],
    webhook_payload_counts: [],
  };

  it('with a webhook is all of its rows, for good', async () => {
    await models.project(
      new History().add(
        received({ id: arrival }),
        attempted(arrival),
        webhookDeleted(),
        received({ payloadId: ids.otherPayload }),
        told(arrival),
        parked(randomUUID(), 'no_webhook', ids.otherPayload),
      ),
    );
    expect(await models.dump()).toMatchObject(empty);
  });

  const removed = (payloadIds: string[], upToRevision: number): Fact<'WebhookPayloadsExpired'> => ({
    type: 'WebhookPayloadsExpired',
    data: { webhookId: ids.webhook, boardId: ids.board, upToRevision, payloadIds },
  });
  const deleted: Fact<'WebhookPayloadDeleted'> = {
    type: 'WebhookPayloadDeleted',
    data: { webhookId: ids.webhook, boardId: ids.board, payloadId: ids.payload, undelivered: false },
  };

  it('when they expire are payloads with all of their arrivals, for good', async () => {
    const other = randomUUID();
    await models.project(
      new History().add(
        received({ id: arrival }),
        received({ id: other, payloadId: ids.otherPayload }),
        attempted(arrival),
        received({ text: '{"again":"before"}' }),
        removed([ids.payload], 0),
        told(arrival),
        told(other, ids.otherPayload),
        received({ text: '{"again":"after"}' }),
        received({ payloadId: ids.otherPayload }),
      ),
    );
    expect(await payload()).toBeUndefined();
    expect(await deliveries()).toEqual([]);
    expect(await list()).toMatchObject({
      total: 1,
      items: [{ id: ids.otherPayload, status: 'told', arrivals: 2 }],
    });
    expect(await isPayloadDeleted(models.db, ids.webhook, ids.payload)).toBe(false);
  });

  it('when it is deleted is a payload, for good, and it is known to be deleted', async () => {
    await models.project(
      new History().add(received({ id: arrival }), deleted, deleted, received({}), told(arrival)),
    );
    expect(await models.dump()).toMatchObject(empty);
    expect(await isPayloadDeleted(models.db, ids.webhook, ids.payload)).toBe(true);
    expect(await isPayloadDeleted(models.db, ids.webhook, ids.otherPayload)).toBe(false);
  });

  it('is remembered only as long as it may come back', async () => {
    const unnamed = newOrderedId();
    await models.project(
      new History().add(
        received({ payloadId: unnamed }),
        received({ id: arrival }),
        removed([unnamed, ids.payload], 1),
      ),
    );
    expect((await models.dump()).payloads_removed_payloads).toEqual([`(${ids.webhook},${ids.payload},f)`]);
    await models.apply(new History().add(webhookDeleted()).events);
    expect((await models.dump()).payloads_removed_payloads).toEqual([]);
  });
});

describe('payloads that are told together', () => {
  const webhookId = randomUUID();
  const together = randomUUID();
  const payloadIds = [newOrderedId(), newOrderedId(), newOrderedId()] as const;
  const [first, second, third] = payloadIds;
  const find = (id: string) => findPayload(models.db, ids.board, webhookId, id);
  const statuses = async () => Promise.all(payloadIds.map(async (id) => (await find(id))?.status));
  const ofWebhook = <F extends Fact>(fact: F): F => ({ ...fact, data: { ...fact.data, webhookId } });

  it('all have the status of their delivery, which is listed with the oldest', async () => {
    const past = new History().add(
      ...payloadIds.map((payloadId) => ofWebhook(received({ payloadId }))),
      ...payloadIds.map((payloadId) =>
        ofWebhook({ type: 'DeliveryCoalesced' as const, data: deliveryOf(randomUUID(), payloadId) }),
      ),
      ofWebhook(coalesced(together, payloadIds)),
    );
    await models.project(past);
    expect(await statuses()).toEqual(['stored', 'stored', 'stored']);
    await models.project(past.add(ofWebhook(attempted(together, together))));
    expect(await statuses()).toEqual(['delivering', 'delivering', 'delivering']);
    await models.project(past.add(ofWebhook(confirmed(together, together, false))));
    expect(await statuses()).toEqual(['told', 'told', 'told']);
    for (const id of payloadIds) expect(await find(id)).toMatchObject({ delivery_id: together });
    const { items } = await listDeliveries(models.db, ids.board, { limit: 50, offset: 0, webhookId });
    expect(items).toMatchObject([
      { id: together, payload_id: first, coalesced_id: together, status: 'told' },
    ]);

    const again = randomUUID();
    await models.project(
      past.add(ofWebhook(attempted(again, second)), ofWebhook(runEnded(together, 'ok', together))),
    );
    expect(await statuses()).toEqual(['handled', 'delivering', 'handled']);

    await models.project(
      past.add({
        type: 'WebhookPayloadDeleted',
        data: { webhookId, boardId: ids.board, payloadId: first, undelivered: false },
      }),
    );
    expect(await statuses()).toEqual([undefined, 'delivering', 'handled']);
    expect(await deliveries(second)).toMatchObject([{ id: together }, { id: again }]);
    await models.project(
      past.add({
        type: 'WebhookPayloadsExpired',
        data: { webhookId, boardId: ids.board, upToRevision: 2, payloadIds: [second, third] },
      }),
    );
    const left = await listDeliveries(models.db, ids.board, { limit: 50, offset: 0, webhookId });
    expect(left.items).toEqual([]);
  });
});
