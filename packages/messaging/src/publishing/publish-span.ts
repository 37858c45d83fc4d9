import type { DeliveryReference } from '@mission-control/contracts';
import { contextOf, failSpan, registration, startSpan, traceparentOf } from '@mission-control/telemetry';
import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { SpanKind, trace } from '@opentelemetry/api';

/** The publication of a reference as part of the trace of its cause. */
export interface PublishSpan {
  /** Names this span to whoever receives the message; undefined: there is none. */
  readonly headers: MsgHdrs | undefined;
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}

/** The header that carries the traceparent (W3C Trace Context). */
export const traceHeader = 'traceparent';

/** While nothing is exported. */
const noSpan: PublishSpan = { headers: undefined, ended: () => {}, failed: () => {} };

/** @param stream the name of the JetStream stream */
export const startPublishing = (
  stream: string,
  { payloadId, boardId, webhookId, cause, traceparent }: DeliveryReference,
): PublishSpan => {
  if (registration() === undefined) return noSpan;
  const parent = contextOf(traceparent);
  const span = startSpan(
    `publish ${stream}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.type': 'send',
        'messaging.operation.name': 'publish',
        'messaging.destination.name': stream,
        board_id: boardId,
        webhook_id: webhookId,
        payload_id: payloadId,
        delivery_id: cause.eventId,
      },
    },
    parent,
  );
  const own = span.isRecording() ? traceparentOf(trace.setSpan(parent, span)) : undefined;
  return {
    headers: own === undefined ? undefined : headersWith(own),
    ended: () => span.end(),
    failed: (error: unknown) => {
      failSpan(span, error);
      span.end();
    },
  };
};

const headersWith = (traceparent: string): MsgHdrs => {
  const sent = headers();
  sent.set(traceHeader, traceparent);
  return sent;
};
