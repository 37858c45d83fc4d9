import { expect } from 'vitest';
import type { ReceivedSpan } from './otlp-receiver.ts';

export const ingestSpan = 'POST /api/v1/boards/{board_id}/webhooks/{webhook_id}';

/** The spans of the traces that begin with a request to the webhook. `code`: of a rejected request. */
export const traceOfRequest = (
  spans: readonly ReceivedSpan[],
  webhookId: string,
  code?: string,
): ReceivedSpan[] =>
  spans.filter(({ traceId }) =>
    spans.some(
      (root) =>
        root.traceId === traceId &&
        root.name === ingestSpan &&
        root.attributes.code === code &&
        root.attributes.webhook_id === webhookId,
    ),
  );

/** Whether the spans that end last have arrived. */
export const isComplete = (spans: readonly ReceivedSpan[]): boolean =>
  ['agent run', 'project payloads', 'project memory', ingestSpan].every((wanted) =>
    spans.some(({ name }) => name === wanted),
  );

/** `service: name` of a span and of all spans above it, from the root. */
const pathOf = (span: ReceivedSpan, spans: readonly ReceivedSpan[]): string[] => {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent ? pathOf(parent, spans) : []), `${span.service}: ${span.name}`];
};

/** The spans of a delivery whose run ended well are one tree with every hop, and each names board and webhook. */
export const expectOneTree = (
  spans: readonly ReceivedSpan[],
  ids: { board_id: string; webhook_id: string },
): void => {
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const roots = spans.filter(({ parentSpanId }) => !spans.some(({ spanId }) => spanId === parentSpanId));
  expect(roots.map(({ service, name }) => `${service}: ${name}`)).toEqual([`gateway: ${ingestSpan}`]);
  const request = `gateway: ${ingestSpan}`;
  const attempt = `${request} > relay: publish DELIVERIES > notifier: attempt delivery`;
  expect(spans.map((span) => pathOf(span, spans).join(' > '))).toEqual(
    expect.arrayContaining([
      request,
      `${request} > gateway: append`,
      `${request} > projector: project payloads`,
      `${request} > projector: project memory`,
      `${request} > relay: publish DELIVERIES`,
      attempt,
      `${attempt} > notifier: append`,
      `${attempt} > notifier: chat.send`,
      `${attempt} > notifier: confirm message`,
      `${attempt} > notifier: agent run`,
    ]),
  );
  for (const span of spans.filter(({ attributes }) => attributes['db.operation.name'] === undefined)) {
    expect(span.attributes, span.name).toMatchObject(ids);
  }
  expect(spans.filter(({ failed }) => failed)).toEqual([]);
};
