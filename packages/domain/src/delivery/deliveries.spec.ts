import type { EventData } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import {
  type Delivery,
  type DeliveryRecord,
  decideDelivery,
  evolveDeliveries,
  isSettled,
  noDeliveries,
} from './deliveries.ts';

const ids = { payloadId: 'p', boardId: 'b', webhookId: 'w' };
const metadata = { occurredAt: '2026-11-28T12:00:00.000Z' };
const attempted = (deliveryId: string, idempotencyKey = deliveryId): DeliveryRecord => ({
  metadata,
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
const failed = (deliveryId: string): DeliveryRecord => ({
  metadata,
  id: `failed-${deliveryId}`,
  type: 'DeliveryAttemptFailed',
  data: { ...ids, deliveryId, attempt: 1, code: 'away', gatewayCode: null, retryAt: '2026-03-05T12:00:00Z' },
});
const told = (deliveryId: string): DeliveryRecord => ({
  metadata,
  id: `told-${deliveryId}`,
  type: 'AgentTold',
  data: { ...ids, deliveryId, agentId: 'a', sessionKey: 's', runId: null, attempt: 1 },
});
const parked = (deliveryId: string): DeliveryRecord => ({
  metadata,
  id: `parked-${deliveryId}`,
  type: 'DeliveryParked',
  data: { ...ids, deliveryId, arrivalRevision: 0, reason: 'no_session' },
});
const requested = (id: string): DeliveryRecord => ({
  metadata,
  id,
  type: 'RedeliveryRequested',
  data: { ...ids, arrivalRevision: 0, agentId: null, reason: 'again' },
});

const message = (deliveryId: string, idempotencyKey = deliveryId) => ({
  ...ids,
  deliveryId,
  agentId: 'a',
  gatewayId: 'g',
  sessionKey: 's',
  idempotencyKey,
  runId: idempotencyKey,
  attempt: 1,
  sentAgain: false,
});
const sent = (deliveryId: string, key?: string): DeliveryRecord => ({
  metadata,
  id: `sent-${deliveryId}`,
  type: 'MessageSent',
  data: { ...message(deliveryId, key), bootId: 'boot', sessionId: 'session' },
});
const confirmed = (deliveryId: string, key?: string): DeliveryRecord => ({
  metadata,
  id: `confirmed-${deliveryId}`,
  type: 'MessageConfirmed',
  data: { ...message(deliveryId, key), evidence: 'history' },
});
const lost = (deliveryId: string): DeliveryRecord => ({
  metadata,
  id: `lost-${deliveryId}`,
  type: 'MessageLost',
  data: { ...ids, deliveryId, idempotencyKey: deliveryId, reason: 'interrupted' },
});
const unknown = (deliveryId: string): DeliveryRecord => ({
  metadata,
  id: `unknown-${deliveryId}`,
  type: 'DeliveryOutcomeUnknown',
  data: { ...ids, deliveryId, reason: 'session_reset' },
});
const ended = (deliveryId: string, outcome: EventData<'AgentRunEnded'>['outcome']): DeliveryRecord => ({
  metadata,
  id: `ended-${deliveryId}`,
  type: 'AgentRunEnded',
  data: { ...ids, deliveryId, runId: deliveryId, outcome, code: null, detail: null },
});

const arrival = (eventId: string) => ({ type: 'WebhookPayloadReceived', eventId }) as const;
const redelivery = (eventId: string) => ({ type: 'RedeliveryRequested', eventId }) as const;
const after = (...facts: DeliveryRecord[]) => facts.reduce(evolveDeliveries, noDeliveries);

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

describe('a message that the OpenClaw gateway acknowledged', () => {
  const own = (...facts: DeliveryRecord[]) => after(...facts).get('e1');
  const decided = (...facts: DeliveryRecord[]) => decideDelivery(arrival('e1'), after(...facts));

  it('is sent and has to be found in the session', () => {
    expect(decided(attempted('e1'), sent('e1'))).toBe('resume');
    expect(own(attempted('e1'), sent('e1'))).toMatchObject({
      status: 'sent',
      attempt: {
        idempotencyKey: 'e1',
        sent: { runId: 'e1', bootId: 'boot', sessionId: 'session', at: metadata.occurredAt },
        losses: 0,
      },
    });
  });

  it('is told once the session has it, and its run is followed to its end', () => {
    const facts = [attempted('e1'), sent('e1'), confirmed('e1')];
    expect(own(...facts)).toMatchObject({ status: 'told', evidence: 'history', run: { runId: 'e1' } });
    expect(decided(...facts)).toBe('follow');
    expect(decided(attempted('e1'), confirmed('e1'))).toBe('follow');
    for (const [outcome, status] of [
      ['ok', 'handled'],
      ['no_reply', 'handled'],
      ['error', 'run_failed'],
      ['timed_out', 'run_failed'],
      ['skipped', 'run_failed'],
      ['unknown', 'told'],
    ] as const) {
      expect(own(...facts, ended('e1', outcome))?.status).toBe(status);
      expect(decided(...facts, ended('e1', outcome))).toBe('nothing');
    }
  });

  it('of an older release is told, and not followed', () => {
    expect(own(attempted('e1'), told('e1'))).toEqual({ status: 'told', evidence: 'acknowledged', run: null });
    expect(decided(attempted('e1'), told('e1'))).toBe('nothing');
  });

  it('and then lost is attempted again under another key, with all keys and losses remembered', () => {
    const once = [attempted('e1'), sent('e1'), lost('e1')];
    expect(own(...once)).toMatchObject({ status: 'interrupted', attempt: { sent: null, losses: 1 } });
    expect(decided(...once)).toBe('resume');
    const twice = [
      ...once,
      attempted('e1', 'e1:r1'),
      sent('e1', 'e1:r1'),
      lost('e1'),
      attempted('e1', 'e1:r2'),
    ];
    expect(own(...twice)).toMatchObject({
      status: 'attempted',
      attempt: { idempotencyKey: 'e1:r2', earlierKeys: ['e1', 'e1:r1'], sent: null, losses: 2 },
    });
    expect(own(...twice, confirmed('e1', 'e1:r2'))).toMatchObject({ status: 'told' });
  });

  it('is never sent again if its outcome cannot be known, except on request', () => {
    const facts = [attempted('e1'), sent('e1'), unknown('e1')];
    expect(own(...facts)).toEqual({ status: 'outcome_unknown', reason: 'session_reset' });
    expect(decided(...facts)).toBe('nothing');
    expect(decideDelivery(arrival('e2'), after(...facts))).toBe('nothing');
    expect(decideDelivery(redelivery('r1'), after(...facts, requested('r1')))).toBe('begin');
  });

  it('keeps further arrivals from beginning another delivery, whatever its outcome', () => {
    const facts = [attempted('e1'), sent('e1')];
    for (const more of [[], [lost('e1')], [confirmed('e1')], [confirmed('e1'), ended('e1', 'error')]]) {
      expect(decideDelivery(arrival('e2'), after(...facts, ...more))).toBe('nothing');
    }
  });

  it('is settled once it is told, parked, failed or unknown', () => {
    const settled = (...facts: DeliveryRecord[]) => isSettled(own(...facts) as Delivery);
    for (const facts of [[attempted('e1')], [attempted('e1'), failed('e1')], [attempted('e1'), sent('e1')]]) {
      expect(settled(...facts)).toBe(false);
      expect(settled(...facts, lost('e1'))).toBe(false);
      for (const last of [confirmed('e1'), told('e1'), parked('e1'), unknown('e1')])
        expect(settled(...facts, last)).toBe(true);
    }
  });

  it('does not change if late events about its attempts follow', () => {
    const facts = [attempted('e1'), sent('e1'), confirmed('e1')];
    for (const late of [sent('e1'), failed('e1'), lost('e1')])
      expect(own(...facts, late)).toEqual(own(...facts));
    expect(after(lost('e1'))).toEqual(noDeliveries);
  });
});
