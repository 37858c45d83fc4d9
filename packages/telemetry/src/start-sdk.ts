import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { metricReadersOf } from './metric-readers.ts';
import { setRegistration } from './registration.ts';
import { usualSampler } from './sampler.ts';
import type { Signals } from './signals.ts';

/**
 * Starts the SDK for traces and logs, as the OTEL_* variables say, and makes the readers for metrics. No library is instrumented: the
 * code makes its spans itself.
 */
export const startSdk = (service: string, { traces, metrics, logs }: Signals): void => {
  const { env } = process;
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.namespace': 'mission-control', 'service.name': service }))
    .merge(detectResources({ detectors: [hostDetector, serviceInstanceIdDetector, envDetector] }));
  // The SDK reads the exporters of traces and logs from the environment.
  if (traces.length > 0) env.OTEL_TRACES_EXPORTER = traces.join(',');
  if (logs.length > 0) env.OTEL_LOGS_EXPORTER = logs.join(',');
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    metricReaders: [],
    ...(!env.OTEL_TRACES_SAMPLER && { sampler: usualSampler() }),
    ...(traces.length === 0 && { spanProcessors: [] }),
    ...(logs.length === 0 && { logRecordProcessors: [] }),
  });
  sdk.start();
  setRegistration({
    resource,
    metricReaders: metricReadersOf(metrics, env),
    logs: logs.length > 0,
    shutdown: () => sdk.shutdown(),
  });
};
