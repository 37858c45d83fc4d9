import { describe, expect, it } from 'vitest';
import { signalsOf } from './signals.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };

describe('what the variables turn on', () => {
  it('is nothing by default', () => {
    expect(signalsOf({})).toBeNull();
    expect(signalsOf({ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' })).toBeNull();
  });

  it('is everything with an endpoint', () => {
    expect(signalsOf(endpoint)).toEqual({ traces: ['otlp'], metrics: ['otlp'], logs: ['otlp'] });
  });

  it('is one signal with an exporter or an endpoint of its own', () => {
    const traces = { traces: ['otlp'], metrics: [], logs: [] };
    expect(signalsOf({ OTEL_TRACES_EXPORTER: 'otlp' })).toEqual(traces);
    expect(signalsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://x/v1/traces' })).toEqual(traces);
  });

  it('leaves out what is none', () => {
    const given = { ...endpoint, OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: ' console , otlp' };
    expect(signalsOf(given)).toEqual({ traces: ['otlp'], metrics: [], logs: ['console', 'otlp'] });
    const none = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'prometheus',
      OTEL_LOGS_EXPORTER: '',
    };
    expect(signalsOf(none)).toBeNull();
  });

  it('is nothing when the SDK is disabled', () => {
    expect(signalsOf({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' })).toBeNull();
  });
});
