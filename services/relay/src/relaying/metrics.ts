import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly outstanding: number;
  readonly outstandingSeconds: number;
  readonly coalescing: number;
  readonly toldOften: number;
  readonly lagSeconds: number;
}

interface Publishing {
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

export interface RelayMetrics {
  /** Call it when a reference is handed to JetStream. */
  readonly publishing: () => Publishing;
  readonly republished: () => void;
  /** Call it for each delivery of which no agent is told. */
  readonly filtered: (reason: string) => void;
  /** Call it for each delivery of which an agent is told, or told alone, because this setting had no result. */
  readonly filterFailed: (setting: 'notify_when' | 'coalesce.key', code: string) => void;
  /** Call it for each evaluation that was run, with its processor time. */
  readonly evaluated: (tookMs: number) => void;
  /** From now on, shows how many webhooks are suspended. */
  readonly watchSuspended: (count: () => number) => void;
  /** From now on, shows this session. Nothing waits for a relay that stands by. */
  readonly watch: (session: Watched, standsBy: () => boolean) => void;
}

const boundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const evaluationBoundaries = [0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.005, 0.02, 0.05];

/** @param stream the name of the JetStream stream */
export const createRelayMetrics = ({ meter }: Metrics, stream: string): RelayMetrics => {
  const publishing = {
    'messaging.system': 'nats',
    'messaging.destination.name': stream,
    'messaging.operation.name': 'publish',
  };
  const sent = meter.createCounter('messaging.client.sent.messages', {
    unit: '{message}',
    description: 'References handed to JetStream.',
  });
  const duration = meter.createHistogram('messaging.client.operation.duration', {
    unit: 's',
    description: 'From handing a reference to JetStream until it is stored.',
    advice: { explicitBucketBoundaries: boundaries },
  });
  const republished = meter.createCounter('mission_control.relay.republished', {
    unit: '{message}',
    description: 'References that the sweep published again.',
  });
  republished.add(0);
  const filtered = meter.createCounter('mission_control.relay.filtered', {
    unit: '{delivery}',
    description: 'Deliveries of which no agent is told, because of the rules of their webhook.',
  });
  const filterFailed = meter.createCounter('mission_control.relay.filter.failures', {
    unit: '{delivery}',
    description: 'Deliveries of which an agent is told, or told alone, because an expression had no result.',
  });
  const evaluated = meter.createHistogram('mission_control.relay.filter.duration', {
    unit: 's',
    description: 'Processor time that rules of a webhook took for one payload.',
    advice: { explicitBucketBoundaries: evaluationBoundaries },
  });
  let suspended = (): number => 0;
  let session: Watched = {
    ...{ outstanding: 0, outstandingSeconds: 0, coalescing: 0, toldOften: 0, lagSeconds: 0 },
  };
  let standsBy = (): boolean => true;
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter
      .createObservableGauge(`mission_control.relay.${name}`, { unit, description })
      .addCallback((result) => result.observe(read()));
  gauge('outstanding', '{delivery}', 'Deliveries without an outcome.', () => session.outstanding);
  gauge('outstanding.age', 's', 'Age of the oldest of them.', () => session.outstandingSeconds);
  gauge('filter.suspended', '{webhook}', 'Webhooks whose expressions are not run for a minute.', () =>
    suspended(),
  );
  gauge(
    'coalescing',
    '{payload}',
    'Payloads that wait to be told together with others.',
    () => session.coalescing,
  );
  gauge('told_often', '{webhook}', 'Webhooks that tell their agent too often.', () =>
    standsBy() ? 0 : session.toldOften,
  );
  gauge(
    'lag',
    's',
    'Age of the oldest event that is not read or whose reference JetStream has not stored.',
    () => (standsBy() ? 0 : session.lagSeconds),
  );
  return {
    publishing: () => {
      const startedAt = performance.now();
      const ended = (attributes: Record<string, string>): void => {
        sent.add(1, attributes);
        duration.record((performance.now() - startedAt) / 1000, attributes);
      };
      return {
        stored: () => ended(publishing),
        failed: (error) => ended({ ...publishing, 'error.type': (error as Error).name }),
      };
    },
    republished: () => republished.add(1),
    filtered: (reason) => filtered.add(1, { reason }),
    filterFailed: (setting, code) => filterFailed.add(1, { setting, 'error.type': code }),
    evaluated: (tookMs) => evaluated.record(tookMs / 1000),
    watchSuspended: (count) => {
      suspended = count;
    },
    watch: (next, nextStandsBy) => {
      session = next;
      standsBy = nextStandsBy;
    },
  };
};
