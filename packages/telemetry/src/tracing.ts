import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** Without an SDK, every span that it makes is the parent again, or nothing. */
const tracer = trace.getTracer('mission-control');

const traceparentPattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The context whose spans are children of the one that a traceparent (W3C Trace Context) names; no parent if it is missing or invalid. */
export const contextOf = (traceparent: string | undefined): Context => {
  const parts = traceparentPattern.exec(traceparent ?? '');
  if (!parts) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = '00'] = parts;
  const parent: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
};

/** The traceparent of the span in the context, by default the current one; undefined if there is none. */
export const traceparentOf = (of: Context = context.active()): string | undefined => {
  const span = trace.getSpanContext(of);
  if (!span || !isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0');
  return `00-${span.traceId}-${span.spanId}-${flags}`;
};

/** @param parent by default the current span */
export const startSpan = (name: string, options: SpanOptions, parent: Context = context.active()): Span =>
  tracer.startSpan(name, options, parent);

/** Marks the span as failed. Never pass a text that may quote a request: codes are what people search for. */
export const failSpan = (span: Span, error: unknown): void => {
  if (!span.isRecording()) return;
  const code = typeof error === 'string' ? error : errorTypeOf(error);
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
};

/** Runs the work in a new span, which ends with it and has failed if it throws. */
export const inSpan = async <T>(
  name: string,
  { parent = context.active(), ...options }: SpanOptions & { readonly parent?: Context },
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  const span = tracer.startSpan(name, options, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
};

/** The stable code of an error, or its class: what metrics and spans have as `error.type`. */
export const errorTypeOf = (error: unknown): string => {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'error';
};
