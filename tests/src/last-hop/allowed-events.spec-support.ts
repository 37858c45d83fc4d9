import type { DomainEvent, EventData, EventType } from '@mission-control/contracts';

/** What the events so far say about the delivery. */
interface Progress {
  readonly status:
    | 'nothing'
    | 'requested'
    | 'attempted'
    | 'retrying'
    | 'sent'
    | 'interrupted'
    | 'told'
    | 'ended';
  readonly attempt: EventData<'DeliveryAttempted'> | null;
  readonly keys: readonly string[];
  readonly failures: number;
  readonly losses: number;
  /** The last failure was the last attempt: the delivery has to be parked next. */
  readonly exhausted: boolean;
}

type Status = Progress['status'];
type Rule<T extends EventType = EventType> = {
  /** In which states the event is allowed. */
  readonly after: readonly Status[];
  readonly leadsTo: Status;
  /** What is wrong with the event's data; null: nothing. */
  readonly check?: (data: EventData<T>, before: Progress) => string | null;
};

const begun = ['attempted', 'retrying', 'sent', 'interrupted'] as const;
const unfinished = ['nothing', 'requested', ...begun] as const;

const firstWrong = (checks: Readonly<Record<string, boolean>>): string | null =>
  Object.entries(checks).find(([, fine]) => !fine)?.[0] ?? null;

/** The event is about the message of the current attempt. */
const ofAttempt = (
  data: Pick<EventData<'MessageSent'>, 'agentId' | 'gatewayId' | 'sessionKey' | 'attempt' | 'sentAgain'>,
  { attempt, failures, losses }: Progress,
) => ({
  'another agent': data.agentId === attempt?.agentId,
  'another OpenClaw gateway': data.gatewayId === attempt?.gatewayId,
  'another session': data.sessionKey === attempt?.sessionKey,
  'another number of attempts': data.attempt === failures + 1,
  'sentAgain must say whether a message was lost': data.sentAgain === losses > 0,
});

/** The sequences of events that ADR 0013 allows, specified independently of the domain code. */
const rules: { readonly [T in EventType]?: Rule<T> } = {
  RedeliveryRequested: { after: ['nothing'], leadsTo: 'requested' },
  DeliveryAttempted: {
    after: ['nothing', 'requested', 'interrupted'],
    leadsTo: 'attempted',
    check: ({ deliveryId, idempotencyKey, agentId, gatewayId, sessionKey }, { attempt, keys, losses }) =>
      firstWrong({
        'the first key is the delivery’s id': attempt !== null || idempotencyKey === deliveryId,
        'a key is used for one attempt': !keys.includes(idempotencyKey),
        'a repetition has its own kind of key':
          attempt === null || idempotencyKey === `${deliveryId}:r${losses}`,
        'a repetition goes to the same agent': attempt === null || agentId === attempt.agentId,
        'a repetition goes to the same session':
          attempt === null || (gatewayId === attempt.gatewayId && sessionKey === attempt.sessionKey),
      }),
  },
  DeliveryAttemptFailed: {
    after: ['attempted', 'retrying', 'sent'],
    leadsTo: 'retrying',
    check: ({ attempt }, { failures }) => firstWrong({ 'failures are counted': attempt === failures + 1 }),
  },
  MessageSent: {
    after: ['attempted', 'retrying'],
    leadsTo: 'sent',
    check: (data, before) =>
      firstWrong({
        'the key of another attempt': data.idempotencyKey === before.keys.at(-1),
        ...ofAttempt(data, before),
      }),
  },
  MessageConfirmed: {
    after: begun,
    leadsTo: 'told',
    check: (data, before) =>
      firstWrong({
        'a key that was never sent': before.keys.includes(data.idempotencyKey),
        ...ofAttempt(data, before),
      }),
  },
  MessageLost: {
    after: ['attempted', 'retrying', 'sent'],
    leadsTo: 'interrupted',
    check: ({ idempotencyKey, reason }, { keys, status }) =>
      firstWrong({
        'the key of another attempt': idempotencyKey === keys.at(-1),
        'a restart loses only what was acknowledged': reason !== 'gateway_restarted' || status === 'sent',
      }),
  },
  DeliveryOutcomeUnknown: { after: begun, leadsTo: 'ended' },
  DeliveryParked: { after: unfinished, leadsTo: 'ended' },
  DeliveryFailed: { after: unfinished, leadsTo: 'ended' },
  AgentRunEnded: { after: ['told'], leadsTo: 'ended' },
};

const nothing: Progress = {
  status: 'nothing',
  attempt: null,
  keys: [],
  failures: 0,
  losses: 0,
  exhausted: false,
};

const goOn = (before: Progress, { type, data }: DomainEvent, status: Status): Progress => {
  switch (type) {
    case 'DeliveryAttempted':
      return { ...before, status, attempt: data, keys: [...before.keys, data.idempotencyKey] };
    case 'DeliveryAttemptFailed':
      return { ...before, status, failures: data.attempt, exhausted: data.retryAt === null };
    case 'MessageLost':
      return { ...before, status, losses: before.losses + 1 };
    default:
      return { ...before, status, exhausted: false };
  }
};

/**
 * Checks the events of one delivery, in the order of its stream.
 *
 * @returns what is wrong, in words; null if ADR 0013 allows the sequence
 */
export const forbiddenIn = (events: readonly DomainEvent[]): string | null => {
  let progress = nothing;
  for (const [n, event] of events.entries()) {
    const rule = rules[event.type] as Rule | undefined;
    const at = `event ${n} (${event.type}) after ${progress.status}`;
    if (!rule?.after.includes(progress.status)) return `${at}: not allowed`;
    if (progress.exhausted && event.type !== 'DeliveryParked') return `${at}: no attempt was left`;
    const wrong = rule.check?.(event.data, progress) ?? null;
    if (wrong !== null) return `${at}: ${wrong}`;
    progress = goOn(progress, event, rule.leadsTo);
  }
  return null;
};
