import { describe, expect, it } from 'vitest';
import { type Deliveries, type Delivery, decideDelivery, endedForRemoval } from './deliveries.ts';
import { endForRemoval } from './removal.ts';

const payload = { payloadId: 'p', boardId: 'b', webhookId: 'w' };
const removal = { reason: 'expired_undelivered', firstArrivalId: 'e1' } as const;
const deliveries = (...all: [string, Delivery][]): Deliveries => new Map(all);
const ended = (state: Deliveries) =>
  endForRemoval(state, payload, removal).map(({ data }) => data.deliveryId);

describe('before a payload is removed', () => {
  it('the delivery of its first arrival ends, if none has begun', () => {
    expect(endForRemoval(deliveries(), payload, removal)).toEqual([
      {
        type: 'DeliveryFailed',
        data: { ...payload, deliveryId: 'e1', reason: 'expired_undelivered', gatewayCode: null },
      },
    ]);
    expect(endForRemoval(deliveries(), payload, { ...removal, firstArrivalId: null })).toEqual([]);
  });

  it('every delivery ends of which the agent may still be told', () => {
    const attempt = {} as Extract<Delivery, { attempt: unknown }>['attempt'];
    const outstanding: Delivery[] = [
      { status: 'requested', agentId: null },
      ...(['attempted', 'retrying', 'sent', 'interrupted'] as const).map((status) => ({ status, attempt })),
      { status: 'parked', reason: 'no_agent' },
      { status: 'parked', reason: 'expired_undelivered' },
    ];
    for (const one of outstanding) expect(ended(deliveries(['e1', one], ['r1', one]))).toEqual(['e1', 'r1']);
  });

  it('deliveries that have ended stay as they are', () => {
    const over: Delivery[] = [
      { status: 'told', evidence: 'history', run: null },
      { status: 'handled' },
      { status: 'run_failed' },
      { status: 'outcome_unknown', reason: 'session_reset' },
      { status: 'failed', reason: 'invalid_request' },
      { status: 'filtered', reason: 'notify_when' },
      { status: 'failed', reason: 'expired_undelivered' },
    ];
    for (const one of over) expect(ended(deliveries(['e1', one]))).toEqual([]);
  });
});

describe('once deliveries have ended because the payload is removed', () => {
  const arrival = { type: 'WebhookPayloadReceived', eventId: 'e2' } as const;

  it.each(['expired_undelivered', 'payload_deleted'])('(%s) a further arrival begins none', (reason) => {
    const state = deliveries(['e1', { status: 'failed', reason }]);
    expect(endedForRemoval(state)).toBe(true);
    expect(decideDelivery(arrival, state)).toBe('nothing');
  });

  it('a redelivery that was requested meanwhile begins, and ends like any other', () => {
    const state = deliveries(
      ['e1', { status: 'failed', reason: 'payload_deleted' }],
      ['r1', { status: 'requested', agentId: null }],
    );
    expect(decideDelivery({ type: 'RedeliveryRequested', eventId: 'r1' }, state)).toBe('begin');
    expect(ended(state)).toEqual(['r1']);
  });

  it('which is not the case while it is parked for having waited too long', () => {
    const state = deliveries(['e1', { status: 'parked', reason: 'expired_undelivered' }]);
    expect(endedForRemoval(state)).toBe(false);
    expect(decideDelivery(arrival, state)).toBe('begin');
  });
});
