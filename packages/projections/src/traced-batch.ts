import { contextOf, inSpan, registration } from '@mission-control/telemetry';
import { type Link, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Batch } from './batches.ts';

/** A span has no more links by default. */
const mostLinks = 128;

/**
 * Applies a batch in a span. If all events of the batch are of one trace, the span is part of it. Otherwise it starts a trace of its own,
 * with links to the spans that caused the events.
 */
export const tracedBatch = <T>(projection: string, batch: Batch, work: () => Promise<T>): Promise<T> => {
  if (!registration()) return work();
  const { links, traceIds } = causesOf(batch);
  const [only] = links;
  const parent =
    only && traceIds.size === 1 ? trace.setSpanContext(ROOT_CONTEXT, only.context) : ROOT_CONTEXT;
  const attributes = {
    projection,
    'messaging.batch.message_count': batch.events.length,
    ...idsIn(batch),
  };
  const options = { kind: SpanKind.CONSUMER, attributes, parent };
  return inSpan(
    `project ${projection}`,
    parent === ROOT_CONTEXT ? { ...options, links: links.slice(-mostLinks) } : options,
    work,
  );
};

const causesOf = ({ events }: Batch): { links: Link[]; traceIds: Set<string> } => {
  const links = new Map<string, Link>();
  const traceIds = new Set<string>();
  for (const { event } of events) {
    const traceparent = (event.metadata as { traceparent?: unknown } | null)?.traceparent;
    if (typeof traceparent !== 'string' || links.has(traceparent)) continue;
    const context = trace.getSpanContext(contextOf(traceparent));
    if (!context) continue;
    links.set(traceparent, { context });
    traceIds.add(context.traceId);
  }
  return { links: [...links.values()], traceIds };
};

/** The board and the webhook, if the batch is about one of them. */
const idsIn = ({ events }: Batch): Record<string, string> => {
  const boards = new Set<string>();
  const webhooks = new Set<string>();
  for (const { event } of events) {
    const { boardId, webhookId } = (event.data ?? {}) as { boardId?: unknown; webhookId?: unknown };
    if (typeof boardId === 'string') boards.add(boardId);
    if (typeof webhookId === 'string') webhooks.add(webhookId);
  }
  return { ...onlyOf('board_id', boards), ...onlyOf('webhook_id', webhooks) };
};

const onlyOf = (name: string, ids: ReadonlySet<string>): Record<string, string> => {
  const [id] = ids;
  return ids.size === 1 && id !== undefined ? { [name]: id } : {};
};
