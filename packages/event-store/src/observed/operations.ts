import { errorTypeOf, failSpan, startSpan } from '@mission-control/telemetry';
import { type Meter, type Span, SpanKind, trace } from '@opentelemetry/api';

/** Seconds. An append to a healthy store takes a few milliseconds. */
const boundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export type Operation =
  | 'append'
  | 'read_event'
  | 'read_stream'
  | 'head'
  | 'set_stream_metadata'
  | 'tombstone'
  | 'ping';

/** An operation that has begun. */
export interface Started {
  readonly name: Operation;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** undefined: the operation is part of no trace. */
  readonly span: Span | undefined;
}

/** Measures operations, and makes spans of those that are part of a trace. */
export class Operations {
  readonly #system: string;
  readonly #duration: ReturnType<Meter['createHistogram']>;
  readonly #appends: ReturnType<Meter['createCounter']>;
  readonly #failedReads: ReturnType<Meter['createCounter']>;
  /** One object per operation, because the caller may append thousands of times a second. */
  readonly #attributes = new Map<Operation, Record<string, string>>();

  constructor(system: string, meter: Meter) {
    this.#system = system;
    this.#duration = meter.createHistogram('db.client.operation.duration', {
      description: 'Operations of the event store.',
      unit: 's',
      advice: { explicitBucketBoundaries: boundaries },
    });
    this.#appends = meter.createCounter('mission_control.event_store.appends', {
      description: 'Appends by outcome.',
      unit: '{append}',
    });
    this.#failedReads = meter.createCounter('mission_control.event_store.reads.failed', {
      description: 'Reads and subscriptions that ended with an error.',
      unit: '{read}',
    });
    this.#failedReads.add(0);
    for (const outcome of ['stored', 'conflict', 'failed']) this.#appends.add(0, { outcome });
  }

  /** @param stream for the span; an id at most, never content */
  start(name: Operation, stream?: string): Started {
    const isTraced = trace.getActiveSpan()?.isRecording() === true;
    return { name, at: performance.now(), span: isTraced ? this.#spanOf(name, stream) : undefined };
  }

  succeeded({ name, at, span }: Started, tookMs = performance.now() - at): void {
    this.#duration.record(tookMs / 1000, this.#attributesOf(name));
    span?.end();
  }

  failed({ name, at, span }: Started, error: unknown, tookMs = performance.now() - at): void {
    const type = errorTypeOf(error);
    this.#duration.record(tookMs / 1000, { ...this.#attributesOf(name), 'error.type': type });
    if (span) failSpan(span, type);
    span?.end();
  }

  appended(outcome: 'stored' | 'conflict' | 'failed'): void {
    this.#appends.add(1, { outcome });
  }

  readFailed(error: unknown): void {
    this.#failedReads.add(1, { 'error.type': errorTypeOf(error) });
  }

  #spanOf(name: Operation, stream: string | undefined): Span {
    const attributes = { ...this.#attributesOf(name), ...(stream && { 'mission_control.stream': stream }) };
    return startSpan(name, { kind: SpanKind.CLIENT, attributes });
  }

  #attributesOf(name: Operation): Record<string, string> {
    let attributes = this.#attributes.get(name);
    if (!attributes) {
      attributes = {
        'db.system.name': this.#system,
        'db.namespace': 'event_store',
        'db.operation.name': name,
      };
      this.#attributes.set(name, attributes);
    }
    return attributes;
  }
}
