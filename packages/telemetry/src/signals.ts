/** What is exported, and by what: names as the OTEL_*_EXPORTER variables have them. Empty: nothing. */
export interface Signals {
  readonly traces: readonly string[];
  readonly metrics: readonly string[];
  readonly logs: readonly string[];
}

/**
 * Reads what the standard variables turn on. Unlike the SDK, which exports everything unless it is told not to, this exports a signal only
 * if its OTEL_*_EXPORTER names an exporter, or if that is not set and there is an OTLP endpoint for it.
 *
 * @returns null if nothing is turned on
 */
export const signalsOf = (env: NodeJS.ProcessEnv): Signals | null => {
  if (env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return null;
  const signals = {
    traces: exportersOf(env, 'TRACES'),
    // `/metrics` always answers, so `prometheus` turns nothing on.
    metrics: exportersOf(env, 'METRICS').filter((name) => name !== 'prometheus'),
    logs: exportersOf(env, 'LOGS'),
  };
  return Object.values(signals).some((exporters) => exporters.length > 0) ? signals : null;
};

const exportersOf = (env: NodeJS.ProcessEnv, signal: 'TRACES' | 'METRICS' | 'LOGS'): string[] => {
  const named = (env[`OTEL_${signal}_EXPORTER`] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (named.length > 0) return named.includes('none') ? [] : [...new Set(named)];
  const endpoint = env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint ? ['otlp'] : [];
};
