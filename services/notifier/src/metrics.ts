import { type Metrics, Tally } from '@mission-control/runtime';
import type { Cause } from './delivery/cause.ts';

/** What the notifier measures. */
export interface NotifierMetrics {
  /** A reference was received. */
  readonly received: () => void;
  /** @param outcome of a delivery; a delivery may have several, one after the other */
  readonly ended: (outcome: string, reason?: string | null) => void;
  readonly told: (cause: Pick<Cause, 'type' | 'requestedAt'>) => void;
  readonly attemptFailed: (code: string) => void;
  /** @param lagMs from the send to the confirmation */
  readonly confirmed: (lagMs: number) => void;
  /** An answer to `chat.send`. */
  readonly sent: (openclawGatewayId: string, outcome: { kind: string; code?: string }, ms: number) => void;
}

/** A lane that this process owns, now. */
export interface LaneFigures {
  /** null: the lane of boards without an OpenClaw gateway. */
  readonly openclawGatewayId: string | null;
  /** Deliveries that were received and are neither told nor settled. */
  readonly waiting: number;
  /** When the oldest of them was requested, milliseconds since 1970. */
  readonly oldestRequestedAt: number | null;
  /** null: not known yet, or there is no OpenClaw gateway. */
  readonly available: boolean | null;
}

/** Current values. */
export interface NotifierCounts {
  readonly lanes: () => readonly LaneFigures[];
  readonly followedRuns: () => number;
}

/** From an immediate answer up to the wait of a delivery whose OpenClaw gateway was unavailable for a while. */
const durationBoundaries = [
  0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800,
];
const confirmationBoundaries = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];
const requestBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** @param stream the name of the JetStream stream */
export const createNotifierMetrics = (
  { meter }: Metrics,
  stream: string,
  counts: NotifierCounts,
): NotifierMetrics => {
  const receiving = {
    'messaging.system': 'nats',
    'messaging.destination.name': stream,
    'messaging.operation.name': 'receive',
  };
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { description, unit });
  const histogram = (name: string, explicitBucketBoundaries: number[], description: string) =>
    meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries } });
  const received = new Tally(meter, 'messaging.client.consumed.messages', {
    description: 'References received.',
    unit: '{message}',
  });
  const outcomes = new Tally(meter, 'mission_control.delivery.outcomes', {
    description: 'What became of deliveries, by outcome and reason.',
    unit: '{delivery}',
  });
  const failedAttempts = counter(
    'mission_control.delivery.attempts.failed',
    '{attempt}',
    'Attempts that failed, by code.',
  );
  const duration = histogram(
    'mission_control.delivery.duration',
    durationBoundaries,
    'From the arrival of a payload until its agent was told.',
  );
  const confirmation = histogram(
    'mission_control.delivery.confirmation.duration',
    confirmationBoundaries,
    'From sending a message until the session has it.',
  );
  const requests = histogram(
    'mission_control.openclaw_gateway.request.duration',
    requestBoundaries,
    'Answers of OpenClaw gateways, by outcome.',
  );
  observeCounts(meter, counts);
  return {
    received: () => void received.count('', () => receiving),
    ended: (outcome, reason) =>
      void outcomes.count(`${outcome} ${reason ?? ''}`, () => ({ outcome, ...(reason && { reason }) })),
    told: ({ type, requestedAt }) => {
      outcomes.count('told', () => ({ outcome: 'told' }));
      if (type === 'WebhookPayloadReceived') duration.record((Date.now() - requestedAt) / 1000);
    },
    attemptFailed: (code) => failedAttempts.add(1, { code }),
    confirmed: (lagMs) => confirmation.record(lagMs / 1000),
    sent: (openclawGatewayId, { kind, code }, ms) =>
      requests.record(ms / 1000, {
        openclaw_gateway_id: openclawGatewayId,
        method: 'chat.send',
        outcome: kind,
        ...(kind !== 'accepted' && code && { 'error.type': code }),
      }),
  };
};

const observeCounts = (meter: Metrics['meter'], counts: NotifierCounts): void => {
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(`mission_control.${name}`, { description, unit });
  const waiting = gauge('lane.waiting', '{delivery}', 'Deliveries that are neither told nor settled.');
  const lag = gauge('lane.lag', 's', 'Age of the oldest of them; 0 if there is none.');
  const available = gauge(
    'openclaw_gateway.available',
    '{openclaw_gateway}',
    '1: messages can be sent to the OpenClaw gateway; 0: it is away or rejects us.',
  );
  const runs = gauge('runs.followed', '{run}', 'Runs whose end is awaited.');
  meter.addBatchObservableCallback(
    (result) => {
      for (const lane of counts.lanes()) {
        const attributes = { openclaw_gateway_id: lane.openclawGatewayId ?? 'none' };
        const { oldestRequestedAt: oldest } = lane;
        result.observe(waiting, lane.waiting, attributes);
        result.observe(lag, oldest === null ? 0 : Math.max(0, Date.now() - oldest) / 1000, attributes);
        if (lane.available !== null) result.observe(available, lane.available ? 1 : 0, attributes);
      }
      result.observe(runs, counts.followedRuns());
    },
    [waiting, lag, available, runs],
  );
};
