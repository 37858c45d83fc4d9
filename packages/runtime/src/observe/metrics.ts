import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { buildInfo } from '../build-info.ts';

export interface Metrics {
  readonly meter: Meter;
  /** Answers in the Prometheus text format. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly stop: () => Promise<void>;
}

export const createMetrics = (service: string, build = buildInfo()): Metrics => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter(`mission-control.${service}`);
  meter
    .createObservableGauge('mission_control.build.info', { description: 'The build that runs; always 1' })
    .addCallback((result) => result.observe(1, { ...build }));
  return {
    meter,
    answer: (request, response) => exporter.getMetricsRequestHandler(request, response),
    stop: () => provider.shutdown(),
  };
};
