import { diag } from '@opentelemetry/api';
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import {
  ConsoleMetricExporter,
  type MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';

const usualIntervalMs = 60_000;
const usualTimeoutMs = 30_000;

/**
 * The readers for OTEL_METRICS_EXPORTER. The SDK makes its own only for a meter provider of its own, which `/metrics` could not share.
 * The exporters read the OTEL_EXPORTER_OTLP_* variables themselves.
 */
export const metricReadersOf = (names: readonly string[], env: NodeJS.ProcessEnv): MetricReader[] =>
  names.flatMap((name) => {
    const exporter = exporterOf(name, env);
    if (!exporter) {
      diag.warn(`OTEL_METRICS_EXPORTER: ${name} is not one of otlp, console, prometheus, none.`);
      return [];
    }
    const exportIntervalMillis = milliseconds(env.OTEL_METRIC_EXPORT_INTERVAL) ?? usualIntervalMs;
    const timeoutMs = milliseconds(env.OTEL_METRIC_EXPORT_TIMEOUT) ?? usualTimeoutMs;
    return new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis,
      exportTimeoutMillis: Math.min(timeoutMs, exportIntervalMillis),
    });
  });

const exporterOf = (name: string, env: NodeJS.ProcessEnv): PushMetricExporter | null => {
  if (name === 'console') return new ConsoleMetricExporter();
  if (name !== 'otlp') return null;
  const protocol = env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL;
  switch (protocol?.trim() || 'http/protobuf') {
    case 'grpc':
      return new GrpcExporter();
    case 'http/json':
      return new JsonExporter();
    default:
      return new ProtobufExporter();
  }
};

const milliseconds = (value: string | undefined): number | undefined => {
  const number = Number(value);
  return value && number > 0 ? number : undefined;
};
