import { type ServiceName, serviceNames } from '../../system/standalone.ts';
import type { Asked } from './probes.ts';
import { sumOf, type Work } from './usage.ts';

type ByService = Readonly<Record<ServiceName, number>>;

/** Per payload, or per second. */
export interface Rates {
  /** Statements that services sent to Postgres, event store and read models alike, counted in their connections. */
  readonly queries: ByService;
  /** Transactions that these ended, most of them of one statement. */
  readonly transactions: ByService;
  /** Operations on the event store, whichever it is: by the services' own `db.client.operation.duration`. */
  readonly storeOperations: ByService;
  /** Messages that JetStream stored. */
  readonly messages: number;
  /** The most frequent statements of each service. */
  readonly statements: readonly Statement[];
  /** Events per batch, by what reads them. Not divided by anything. */
  readonly eventsPerBatch: Readonly<Record<string, number>>;
}

interface Statement {
  readonly service: ServiceName;
  readonly text: string;
  readonly number: number;
}

export const ratesBetween = (before: Work, after: Work, divisor: number): Rates => {
  const ofEach = (read: (work: Work, service: ServiceName) => number) =>
    Object.fromEntries(
      serviceNames.map((name) => [name, (read(after, name) - read(before, name)) / divisor]),
    ) as ByService;
  return {
    queries: ofEach(({ asked }, name) => queriesOf(asked[name])),
    transactions: ofEach(({ asked }, name) => asked[name].transactions),
    storeOperations: ofEach(({ metrics }, name) =>
      sumOf(metrics[name], 'db_client_operation_duration_seconds_count'),
    ),
    messages: (after.messages - before.messages) / divisor,
    statements: statementsBetween(before, after, divisor),
    eventsPerBatch: eventsPerBatch(before, after),
  };
};

export const sumOfServices = (figures: ByService): number =>
  serviceNames.reduce((sum, name) => sum + figures[name], 0);

const queriesOf = ({ statements }: Asked): number =>
  Object.values(statements).reduce((sum, number) => sum + number, 0);

const statementsBetween = (before: Work, after: Work, divisor: number): Statement[] =>
  serviceNames
    .flatMap((service) => {
      const grown = new Map<string, number>();
      for (const [text, number] of Object.entries(after.asked[service].statements)) {
        const more = number - (before.asked[service].statements[text] ?? 0);
        const name = normalised(text);
        if (more > 0) grown.set(name, (grown.get(name) ?? 0) + more / divisor);
      }
      return [...grown].map(([text, number]) => ({ service, text, number }));
    })
    .toSorted((a, b) => b.number - a.number);

/** Statements that differ only in the number of their parameters are the same one. */
const normalised = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/\$\d+/g, '?')
    .replace(/\?(?:, \?)+/g, '?, …')
    .replace(/(\([^()]*\?[^()]*\))(?:, \([^()]*\?[^()]*\))+/g, '$1, …')
    .trim();

/**
 * The pairs of metrics, events and batches, that services may have. A release that lacks one of them does not show it.
 */
const batchMetrics: readonly {
  reader: string;
  service: ServiceName;
  events: string;
  batches: string;
  labels?: string;
}[] = [
  ...['payloads', 'memory', 'configuration', 'rejections', 'audit'].map((projection) => ({
    reader: `projection ${projection}`,
    service: 'projector' as const,
    events: 'mission_control_projection_events_total',
    batches: 'mission_control_projection_batch_duration_seconds_count',
    labels: `projection="${projection}"`,
  })),
];

const eventsPerBatch = (before: Work, after: Work): Record<string, number> =>
  Object.fromEntries(
    batchMetrics.flatMap(({ reader, service, events, batches, labels }) => {
      const grown = (name: string) =>
        sumOf(after.metrics[service], name, labels) - sumOf(before.metrics[service], name, labels);
      // A batch without events only moves a checkpoint.
      return grown(events) > 0 && grown(batches) > 0 ? [[reader, grown(events) / grown(batches)]] : [];
    }),
  );
