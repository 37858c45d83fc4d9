import { randomUUID } from 'node:crypto';
import { type EventContext, type OpenclawGatewayStatusFact, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordOpenclawGatewayStatus } from './openclaw-gateway-status.ts';
import { openTestLog, type TestLog } from './testing/test-log.ts';

const context: EventContext = {
  occurredAt: '2026-11-28T12:00:00.000Z',
  actor: { kind: 'service', id: 'notifier' },
  correlationId: 'test',
  causationId: null,
};

describe('the recorded status of an OpenClaw gateway', () => {
  let log: TestLog;
  let store: EventStore;
  beforeAll(async () => {
    log = await openTestLog();
    store = log.store;
  });
  afterAll(() => log.close());

  const available = (gatewayId: string, bootId = 'b'): OpenclawGatewayStatusFact => ({
    type: 'OpenclawGatewayAvailable',
    data: { gatewayId, serverVersion: null, bootId },
  });
  const away = (gatewayId: string): OpenclawGatewayStatusFact => ({
    type: 'OpenclawGatewayUnavailable',
    data: { gatewayId, state: 'away', code: 'gateway_unreachable', detail: null, pairingRequestId: null },
  });
  const recorded = (gatewayId: string) =>
    Array.fromAsync(store.readStream(streams.openclawGatewayStatus(gatewayId)));

  it('changes only with what was found', async () => {
    const id = randomUUID();
    const positions = [];
    for (const found of [available(id), available(id, 'c'), away(id), away(id), available(id)])
      positions.push(await recordOpenclawGatewayStatus(store, found, context));
    expect(positions.map((position) => position !== null)).toEqual([true, false, true, false, true]);
    expect((await recorded(id)).map(({ type }) => type)).toEqual([
      'OpenclawGatewayAvailable',
      'OpenclawGatewayUnavailable',
      'OpenclawGatewayAvailable',
    ]);
  });

  it('is recorded once when several processes find the same at the same time', async () => {
    const id = randomUUID();
    const found = [away(id), away(id), away(id), away(id)];
    await Promise.all(found.map((fact) => recordOpenclawGatewayStatus(store, fact, context)));
    expect(await recorded(id)).toHaveLength(1);
  });

  it('keeps its stream short', async () => {
    const id = randomUUID();
    for (let n = 0; n < 502; n += 1) {
      await recordOpenclawGatewayStatus(store, away(id), context);
      await recordOpenclawGatewayStatus(store, available(id), context);
    }
    expect((await recorded(id)).map(({ revision }) => revision)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n + 4),
    );
  });

  it('is not recorded once the OpenClaw gateway is deleted', async () => {
    const id = randomUUID();
    await store.tombstone(streams.openclawGatewayStatus(id));
    expect(await recordOpenclawGatewayStatus(store, away(id), context)).toBeNull();
  });
});
