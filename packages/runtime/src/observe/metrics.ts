import type { IncomingMessage, ServerResponse } from 'node:http';
import { registration } from '@mission-control/telemetry';
import type { Meter } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { buildInfo } from '../build-info.ts';
import { observeProcess } from './process-metrics.ts';
import { withPrometheusNames } from './prometheus-names.ts';

export interface Metrics {
  readonly meter: Meter;
  /** Answers in the Prometheus text format. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Exports the metrics once more if they are exported. */
  readonly stop: () => Promise<void>;
}

/** One provider for `/metrics` and for the readers that OTEL_METRICS_EXPORTER asks for, so both show the same. */
export const createMetrics = (service: string, build = buildInfo()): Metrics => {
  const registered = registration();
  const resource = resourceFromAttributes({
    'service.namespace': 'mission-control',
    'service.name': service,
    'service.version': build.version,
  }).merge(registered?.resource ?? emptyResource());
  const pulled = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ resource, readers: [pulled, ...(registered?.metricReaders ?? [])] });
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  const meter = provider.getMeter(`mission-control.${service}`);
  meter
    .createObservableGauge('mission_control.build.info', {
      description: 'The release that runs; always 1.',
      unit: '{build}',
    })
    .addCallback((result) => result.observe(1, { ...build }));
  const forgetProcess = observeProcess(meter);
  return {
    meter,
    answer: async (_request, response) => {
      const { resourceMetrics } = await pulled.collect();
      response
        .writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
        .end(serializer.serialize(withPrometheusNames(resourceMetrics)));
    },
    stop: async () => {
      forgetProcess();
      await provider.shutdown();
    },
  };
};
