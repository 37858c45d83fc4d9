import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

export interface Metrics {
  readonly meter: Meter;
  /** Answers in the Prometheus text format. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly stop: () => Promise<void>;
}

export const createMetrics = (service: string): Metrics => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  return {
    meter: provider.getMeter(`mission-control.${service}`),
    answer: (request, response) => exporter.getMetricsRequestHandler(request, response),
    stop: () => provider.shutdown(),
  };
};
