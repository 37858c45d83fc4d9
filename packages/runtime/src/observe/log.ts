import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino } from 'pino';
import { escapeUnsafe } from '../text/unsafe-characters.ts';
import { exportingEntries } from './export-log.ts';
import { rememberingChildren } from './log-level.ts';

export type { Logger } from 'pino';

/**
 * Logs to standard output, one line per entry: JSON, or text for people. An entry that is written within a span carries the ids of the
 * trace and the span. With OTEL_LOGS_EXPORTER, entries are exported as well.
 */
export const createLog = (
  service: string,
  options: { level: string; format: 'text' | 'json' },
  destination: DestinationStream = process.stdout,
): Logger => {
  const children = rememberingChildren();
  const log = pino(
    {
      level: options.level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: traceIds,
      onChild: children.onChild,
    },
    exportingEntries(
      options.format === 'text'
        ? { write: (line: string) => destination.write(textLine(line)) }
        : destination,
    ),
  );
  children.adopt(log);
  return log;
};

const traceIds = (): object => {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
};

const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** One entry as text: time, level, service, message, then the other fields as `name=value`. */
const textLine = (line: string): string => {
  const { time, level, service, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(
    ([name, value]) =>
      ` ${name}=${typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value)}`,
  );
  const error = err as { message?: string; stack?: string } | undefined;
  const head = `${time} ${levels[level as number] ?? level} ${service} ${msg ?? error?.message ?? ''}${rest.join('')}`;
  const stack = error?.stack ? `\n    ${error.stack.split('\n').map(escapeUnsafe).join('\n    ')}` : '';
  return `${escapeUnsafe(head)}${stack}\n`;
};
