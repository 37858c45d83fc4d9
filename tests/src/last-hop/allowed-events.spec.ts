import { type DomainEvent, type EventData, newOrderedId, newRandomId } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { forbiddenIn } from './allowed-events.spec-support.ts';

const deliveryId = newRandomId();
const ids = { payloadId: newRandomId(), boardId: newRandomId(), webhookId: newRandomId(), deliveryId };
const target = { agentId: newRandomId(), gatewayId: newRandomId(), sessionKey: 'agent:main:ada' };

const event = <T extends DomainEvent['type']>(type: T, data: EventData<T>): DomainEvent =>
  ({
    id: newOrderedId(),
    type,
    data,
    metadata: { occurredAt: '2026-11-28T12:00:00.000Z' },
  }) as unknown as DomainEvent;

const attempted = (idempotencyKey = deliveryId, to = target) =>
  event('DeliveryAttempted', {
    ...ids,
    ...to,
    arrivalRevision: 0,
    idempotencyKey,
    revisions: { board: 0, webhook: 0, agent: 0, gateway: 0 },
    template: 1,
    baseUrl: 'http://x',
    textSha256: 'f'.repeat(64),
  });
const message = (idempotencyKey: string, changes: Partial<EventData<'MessageSent'>>) => ({
  ...ids,
  ...target,
  idempotencyKey,
  runId: idempotencyKey,
  attempt: 1,
  sentAgain: false,
  ...changes,
});
const sent = (key = deliveryId, changes: Partial<EventData<'MessageSent'>> = {}) =>
  event('MessageSent', { bootId: 'b', ...message(key, changes) });
const confirmed = (key = deliveryId, changes: Partial<EventData<'MessageSent'>> = {}) =>
  event('MessageConfirmed', { evidence: 'history', ...message(key, changes) });
const lost = (
  idempotencyKey = deliveryId,
  reason: EventData<'MessageLost'>['reason'] = 'gateway_restarted',
) => event('MessageLost', { ...ids, idempotencyKey, reason });
const failedAttempt = (attempt: number, retryAt: string | null = '2026-11-28T12:00:01.000Z') =>
  event('DeliveryAttemptFailed', { ...ids, attempt, code: 'closed', gatewayCode: null, retryAt });
const parked = event('DeliveryParked', { ...ids, arrivalRevision: 0, reason: 'no_answer' });
const unknown = event('DeliveryOutcomeUnknown', { ...ids, reason: 'session_reset' });
const ended = event('AgentRunEnded', { ...ids, runId: null, outcome: 'ok', code: null, detail: null });
const again = { sentAgain: true };
const key = (n: number) => `${deliveryId}:r${n}`;

describe('the events of a delivery', () => {
  it.each([
    ['nothing yet', []],
    ['told without a recorded acknowledgement', [attempted(), confirmed(), ended]],
    ['told', [attempted(), sent(), confirmed()]],
    ['failed and told', [attempted(), failedAttempt(1), sent(deliveryId, { attempt: 2 })]],
    ['forgotten and parked', [attempted(), sent(), failedAttempt(1, null), parked]],
    [
      'lost twice and told',
      [
        attempted(),
        sent(),
        lost(),
        attempted(key(1)),
        lost(key(1), 'interrupted'),
        attempted(key(2)),
        sent(key(2), again),
        confirmed(key(2), again),
        ended,
      ],
    ],
    ['lost, and found under the first key', [attempted(), sent(), lost(), confirmed(deliveryId, again)]],
    ['unknown', [attempted(), sent(), unknown]],
    ['parked before anything was sent', [parked]],
  ])('may be: %s', (_, events) => {
    expect(forbiddenIn(events)).toBeNull();
  });

  it.each([
    ['told before it was attempted', [confirmed()], 'not allowed'],
    ['attempted twice without a loss', [attempted(), attempted(key(0))], 'not allowed'],
    ['sent twice without a loss', [attempted(), sent(), sent()], 'not allowed'],
    ['told twice', [attempted(), confirmed(), confirmed()], 'not allowed'],
    ['lost after it was told', [attempted(), sent(), confirmed(), lost()], 'not allowed'],
    ['sent again after it became unknown', [attempted(), sent(), unknown, attempted(key(1))], 'not allowed'],
    ['attempted after it was parked', [attempted(), parked, attempted(key(1))], 'not allowed'],
    ['a run that ended before the agent was told', [attempted(), sent(), ended], 'not allowed'],
    ['two ends of a run', [attempted(), confirmed(), ended, ended], 'not allowed'],
    [
      'the same key after a loss',
      [attempted(), sent(), lost(), attempted()],
      'a key is used for one attempt',
    ],
    ['a first key of another kind', [attempted(key(1))], 'the first key is the delivery’s id'],
    ['a loss of what was not acknowledged', [attempted(), lost()], 'a restart loses only'],
    ['a confirmation under an unknown key', [attempted(), confirmed(key(1))], 'never sent'],
    [
      'a message under an earlier key',
      [attempted(), sent(), lost(), attempted(key(1)), sent()],
      'another attempt',
    ],
    [
      'a repetition that is not marked',
      [attempted(), sent(), lost(), attempted(key(1)), sent(key(1))],
      'sentAgain',
    ],
    [
      'a repetition to another session',
      [attempted(), sent(), lost(), attempted(key(1), { ...target, sessionKey: 'agent:main:bob' })],
      'the same session',
    ],
    [
      'a failure that is not counted',
      [attempted(), failedAttempt(1), failedAttempt(1)],
      'failures are counted',
    ],
    ['another attempt after the last', [attempted(), failedAttempt(1, null), sent()], 'no attempt was left'],
  ])('may not be: %s', (_, events, why) => {
    expect(forbiddenIn(events)).toContain(why);
  });
});
