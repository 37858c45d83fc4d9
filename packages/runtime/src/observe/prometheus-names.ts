import { DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

const units: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

/**
 * Adds the unit to the names, as the OpenTelemetry specification demands for Prometheus. The exporter for JavaScript does not, so a metric
 * would have another name in Prometheus when it is scraped than when it is received over OTLP.
 */
export const withPrometheusNames = (metrics: ResourceMetrics): ResourceMetrics => ({
  ...metrics,
  scopeMetrics: metrics.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(named) })),
});

const named = (metric: MetricData): MetricData => {
  const { descriptor } = metric;
  const isGauge = metric.dataPointType === DataPointType.GAUGE;
  const unit = descriptor.unit === '1' && isGauge ? 'ratio' : units[descriptor.unit];
  if (unit === undefined || descriptor.name.endsWith(unit)) return metric;
  return { ...metric, descriptor: { ...descriptor, name: `${descriptor.name}_${unit}`, unit } };
};
