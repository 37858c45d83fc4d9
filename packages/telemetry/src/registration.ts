import type { Resource } from '@opentelemetry/resources';
import type { MetricReader } from '@opentelemetry/sdk-metrics';

/** What `startTelemetry` has started in this process. Traces and logs go through the global providers of `@opentelemetry/api`. */
export interface Registration {
  /** Describes the process: its service, its instance, and what OTEL_RESOURCE_ATTRIBUTES says. */
  readonly resource: Resource;
  /** Export metrics, besides the reader that answers `/metrics`. Whoever creates the meter provider shuts them down. */
  readonly metricReaders: readonly MetricReader[];
  /** Whether log entries are exported. */
  readonly logs: boolean;
  /** Exports the spans and log entries that are still queued. Takes as long as the exporters take. */
  readonly shutdown: () => Promise<void>;
}

let registered: Registration | undefined;

/** undefined: nothing is exported. */
export const registration = (): Registration | undefined => registered;

export const setRegistration = (value: Registration): void => {
  registered = value;
};
