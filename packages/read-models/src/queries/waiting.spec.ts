import { randomUUID } from 'node:crypto';
import type { Fact } from '@mission-control/contracts';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationAndPayloads } from '../testing/configuration-and-payloads.ts';
import {
  attempted,
  boardCreated,
  confirmed,
  gatewayAvailable,
  gatewayCreated,
  gatewayUnavailable,
  History,
  ids,
  parked,
  received,
  second,
  sent,
  webhookCreated,
} from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { findOpenclawGateway, listOpenclawGateways } from './openclaw-gateways.ts';
import { findPayload, listPayloads } from './payloads.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(configurationAndPayloads);
});
afterAll(() => models.drop());

const show = (id: string) => findPayload(models.db, ids.board, ids.webhook, id);
const list = async (filter: { status?: 'stored' | 'delivering' | 'sent' } = {}) => {
  const page = await listPayloads(models.db, ids.board, ids.webhook, { limit: 10, offset: 0, ...filter });
  return { total: page.total, ids: page.items.map(({ id }) => id) };
};
const gateway = () => findOpenclawGateway(models.db, ids.gateway);

/** Payloads of one webhook, oldest first: told, sent, attempted, and one not yet attempted. */
const [told, acknowledged, tried, queued] = Array.from({ length: 4 }, (_, n) => ({
  id: `${n}0000000-0000-4000-8000-00000000000a`,
  payloadId: `${n}0000000-0000-4000-8000-00000000000b`,
})) as [Arrival, Arrival, Arrival, Arrival];
interface Arrival {
  readonly id: string;
  readonly payloadId: string;
}
const traffic = () =>
  new History().add(
    gatewayCreated,
    boardCreated(),
    webhookCreated(),
    ...[told, acknowledged, tried, queued].map((one, n) => received({ ...one, receivedAt: second(100 + n) })),
    attempted(told.id, told.payloadId),
    confirmed(told.id, told.payloadId),
    attempted(acknowledged.id, acknowledged.payloadId),
    sent(acknowledged.id, acknowledged.payloadId),
    attempted(tried.id, tried.payloadId),
  );
const requested = (payloadId: string): Fact<'RedeliveryRequested'> & { id: string } => ({
  id: randomUUID(),
  type: 'RedeliveryRequested',
  data: {
    ...{ payloadId, boardId: ids.board, webhookId: ids.webhook },
    arrivalRevision: 0,
    agentId: null,
    reason: 'x',
  },
});

describe('payloads whose OpenClaw gateway is unavailable', () => {
  it('say so, and since when, without an event of their own', async () => {
    await models.project(traffic().add(gatewayUnavailable('away', 'gateway_unreachable')));
    const waits = {
      status_reason: 'gateway_unavailable',
      status_detail: 'It said gateway_unreachable.',
      status_since: second(13),
    };
    expect(await show(acknowledged.payloadId)).toMatchObject({ status: 'sent', ...waits });
    expect(await show(tried.payloadId)).toMatchObject({ status: 'delivering', ...waits });
    expect(await show(queued.payloadId)).toMatchObject({ status: 'delivering', ...waits });
    expect(await show(told.payloadId)).toMatchObject({ status: 'told', status_reason: null });
  });

  it('are found by the status shown', async () => {
    const history = traffic();
    await models.project(history);
    expect(await list({ status: 'stored' })).toEqual({ total: 1, ids: [queued.payloadId] });
    expect(await list({ status: 'delivering' })).toEqual({ total: 1, ids: [tried.payloadId] });
    await models.project(history.add(gatewayUnavailable('away', 'gateway_unreachable')));
    expect(await list({ status: 'stored' })).toEqual({ total: 0, ids: [] });
    expect(await list({ status: 'delivering' })).toEqual({
      total: 2,
      ids: [queued.payloadId, tried.payloadId],
    });
    expect(await list({ status: 'sent' })).toEqual({ total: 1, ids: [acknowledged.payloadId] });
    expect((await list()).total).toBe(4);
    await models.project(history.add(gatewayAvailable));
    expect(await list({ status: 'stored' })).toEqual({ total: 1, ids: [queued.payloadId] });
    expect(await show(queued.payloadId)).toMatchObject({ status: 'stored', status_since: second(103) });
  });

  it('show the rejection, and the command that the operator runs to pair', async () => {
    const history = traffic().add(gatewayUnavailable('rejected', 'not_paired', 'abc'));
    await models.project(history.add(parked(tried.id, 'not_paired', tried.payloadId)));
    const toPair = {
      status_reason: 'not_paired',
      status_detail: 'Run on the host of the OpenClaw gateway: openclaw devices approve abc',
    };
    expect(await show(queued.payloadId)).toMatchObject({ status: 'delivering', ...toPair });
    expect(await show(tried.payloadId)).toMatchObject({ status: 'parked', ...toPair });
  });
});

describe('what waits for an OpenClaw gateway', () => {
  it('are the payloads of its boards that are not settled, and requested redeliveries', async () => {
    const history = traffic();
    await models.project(history);
    expect(await gateway()).toMatchObject({ waiting: 3, oldest_waiting_at: second(101) });
    history.add(
      confirmed(acknowledged.id, acknowledged.payloadId),
      parked(tried.id, 'no_session', tried.payloadId),
    );
    await models.project(history);
    expect(await gateway()).toMatchObject({ waiting: 1, oldest_waiting_at: second(103) });
    await models.project(history.add(requested(tried.payloadId), requested(told.payloadId)));
    expect(await gateway()).toMatchObject({ waiting: 3, oldest_waiting_at: second(15) });
    expect(await listOpenclawGateways(models.db, { limit: 10, offset: 0 })).toMatchObject({
      items: [{ waiting: 3, oldest_waiting_at: second(15) }],
    });
  });

  it('does not include boards of other OpenClaw gateways', async () => {
    await models.project(
      traffic().add({ type: 'BoardUpdated', data: { boardId: ids.board, gatewayId: null } }),
    );
    expect(await gateway()).toMatchObject({ waiting: 0, oldest_waiting_at: null });
  });

  it('is not counted beyond some thousand requested redeliveries', async () => {
    await models.project(traffic());
    await sql`
      insert into webhook_deliveries
             (id, payload_id, board_id, webhook_id, status, attempts, requested_at, updated_at, position, applied_position)
      select gen_random_uuid(), gen_random_uuid(), ${ids.board}, ${ids.webhook}, 'requested', 0,
             ${second(0)}::timestamptz + n * interval '1 s', now(), 1000 + n, 1000 + n
        from generate_series(1, 10001) n`.execute(models.db);
    expect(await gateway()).toMatchObject({ waiting: null, oldest_waiting_at: second(1) });
  });
});
