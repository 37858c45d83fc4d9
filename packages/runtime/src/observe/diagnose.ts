import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { Logger } from './log.ts';

const quietMs = 60_000;

/**
 * Logs what the OpenTelemetry SDK complains about, such as a collector that does not answer: a message at once, and again after a minute at
 * the earliest. OTEL_LOG_LEVEL makes the SDK print everything itself.
 */
export const diagnoseTo = (log: Logger): void => {
  if (process.env.OTEL_LOG_LEVEL) return;
  const quietUntil = new Map<string, number>();
  const report = (message: string, ...details: unknown[]): void => {
    const reason = [message, ...details.map(String)].join(' ').slice(0, 500);
    const now = performance.now();
    if (now < (quietUntil.get(reason) ?? 0)) return;
    if (quietUntil.size >= 100) quietUntil.clear();
    quietUntil.set(reason, now + quietMs);
    log.warn({ reason }, 'telemetry is not exported, or only in part');
  };
  const nothing = (): void => {};
  diag.setLogger(
    { error: report, warn: report, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
};
