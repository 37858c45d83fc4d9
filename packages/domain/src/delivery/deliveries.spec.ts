import type { DeliveryFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideDelivery, evolveDeliveries, noDeliveries } from './deliveries.ts';

const ids = { payloadId: 'p', boardId: 'b', webhookId: 'w' };
type Told = DeliveryFact & { id: string };
const attempted = (deliveryId: string, idempotencyKey = deliveryId): Told => ({
  id: `attempted-${deliveryId}`,
  type: 'DeliveryAttempted',
  data: {
    ...ids,
    deliveryId,
    arrivalRevision: 0,
    agentId: 'a',
    gatewayId: 'g',
    sessionKey: 's',
    idempotencyKey,
    revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
    template: 1,
    baseUrl: 'http://x',
    textSha256: 'f'.repeat(64),
  },
});
const failed = (deliveryId: string): Told => ({
  id: `failed-${deliveryId}`,
  type: 'DeliveryAttemptFailed',
  data: { ...ids, deliveryId, attempt: 1, code: 'away', gatewayCode: null, retryAt: '2026-03-05T12:00:00Z' },
});
const told = (deliveryId: string): Told => ({
  id: `told-${deliveryId}`,
  type: 'AgentTold',
  data: { ...ids, deliveryId, agentId: 'a', sessionKey: 's', runId: null, attempt: 1 },
});
const parked = (deliveryId: string): Told => ({
  id: `parked-${deliveryId}`,
  type: 'DeliveryParked',
  data: { ...ids, deliveryId, arrivalRevision: 0, reason: 'no_session' },
});
const requested = (id: string): Told => ({
  id,
  type: 'RedeliveryRequested',
  data: { ...ids, arrivalRevision: 0, agentId: null, reason: 'again' },
});

const arrival = (eventId: string) => ({ type: 'WebhookPayloadReceived', eventId }) as const;
const redelivery = (eventId: string) => ({ type: 'RedeliveryRequested', eventId }) as const;
const after = (...facts: Told[]) => facts.reduce(evolveDeliveries, noDeliveries);

describe('deliveries of a payload', () => {
  it('begin with the first arrival', () => {
    expect(decideDelivery(arrival('e1'), after())).toBe('begin');
  });

  it('continue after a crash or a failed attempt', () => {
    expect(decideDelivery(arrival('e1'), after(attempted('e1')))).toBe('resume');
    expect(decideDelivery(arrival('e1'), after(attempted('e1'), failed('e1')))).toBe('resume');
    expect(after(attempted('e1'), failed('e1')).get('e1')).toMatchObject({
      status: 'retrying',
      attempt: { failures: 1, retryAt: '2026-03-05T12:00:00Z', textSha256: 'f'.repeat(64) },
    });
  });

  it('continue with a replacing attempt, and keep the keys and failures of the replaced one', () => {
    const replaced = after(attempted('e1'), failed('e1'), attempted('e1', 'e1:2'));
    expect(decideDelivery(arrival('e1'), replaced)).toBe('resume');
    expect(replaced.get('e1')).toMatchObject({
      status: 'attempted',
      attempt: { idempotencyKey: 'e1:2', earlierKeys: ['e1'], failures: 1, retryAt: null },
    });
    expect([attempted('e1', 'e1:3')].reduce(evolveDeliveries, replaced).get('e1')).toMatchObject({
      attempt: { idempotencyKey: 'e1:3', earlierKeys: ['e1', 'e1:2'] },
    });
  });

  it('happen once, however often the cause is processed', () => {
    expect(decideDelivery(arrival('e1'), after(attempted('e1'), told('e1')))).toBe('nothing');
    expect(decideDelivery(arrival('e1'), after(parked('e1')))).toBe('nothing');
  });

  it('do not begin again with a further arrival while one is in progress or told', () => {
    expect(decideDelivery(arrival('e2'), after(attempted('e1')))).toBe('nothing');
    expect(decideDelivery(arrival('e2'), after(attempted('e1'), told('e1')))).toBe('nothing');
  });

  it('begin again with a further arrival if the last one was parked', () => {
    expect(decideDelivery(arrival('e2'), after(parked('e1')))).toBe('begin');
  });

  it('begin with each redelivery request, even one made while another delivery was in progress', () => {
    expect(decideDelivery(redelivery('r1'), after(attempted('e1'), told('e1'), requested('r1')))).toBe(
      'begin',
    );
    expect(decideDelivery(redelivery('r1'), after(attempted('e1'), requested('r1'), told('e1')))).toBe(
      'begin',
    );
    expect(
      decideDelivery(redelivery('r2'), after(requested('r1'), attempted('r1'), told('r1'), requested('r2'))),
    ).toBe('begin');
    expect(decideDelivery(redelivery('r1'), after(requested('r1'), attempted('r1'), told('r1')))).toBe(
      'nothing',
    );
  });
});
