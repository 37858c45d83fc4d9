import { registration } from '@mission-control/telemetry';
import { type AnyValue, context, logs, SeverityNumber } from '@opentelemetry/api';
import type { DestinationStream } from 'pino';

const severities: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  10: [SeverityNumber.TRACE, 'TRACE'],
  20: [SeverityNumber.DEBUG, 'DEBUG'],
  30: [SeverityNumber.INFO, 'INFO'],
  40: [SeverityNumber.WARN, 'WARN'],
  50: [SeverityNumber.ERROR, 'ERROR'],
  60: [SeverityNumber.FATAL, 'FATAL'],
};

/** Also exports every entry as an OpenTelemetry log record, if logs are exported. The SDK queues the records and drops them if it must. */
export const exportingEntries = (destination: DestinationStream): DestinationStream => {
  if (!registration()?.logs) return destination;
  const logger = logs.getLogger('mission-control');
  return {
    write: (line: string) => {
      destination.write(line);
      // The resource has the service, and the context has the ids of trace and span.
      const { time, level, msg, service, trace_id, span_id, err, ...fields } = JSON.parse(line);
      const [severityNumber, severityText] = severities[level as number] ?? [SeverityNumber.UNSPECIFIED, ''];
      logger.emit({
        timestamp: new Date(time),
        severityNumber,
        severityText,
        body: msg ?? err?.message ?? '',
        attributes: { ...(fields as Record<string, AnyValue>), ...(err && exceptionOf(err)) },
        context: context.active(),
      });
    },
  };
};

const exceptionOf = (err: { type?: string; message?: string; stack?: string }): Record<string, AnyValue> => ({
  'exception.type': err.type,
  'exception.message': err.message,
  'exception.stacktrace': err.stack,
});
