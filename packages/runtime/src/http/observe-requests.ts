import type { ServerResponse } from 'node:http';
import { contextOf, failSpan, startSpan, traceparentOf } from '@mission-control/telemetry';
import {
  type Attributes,
  type Context,
  context,
  type Meter,
  ROOT_CONTEXT,
  SpanKind,
  trace,
} from '@opentelemetry/api';

/** Seconds. Those of the semantic conventions, and more where a sender notices a difference. */
const boundaries = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Others are arbitrary text, so they share one name. */
const methods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);

interface RequestToObserve {
  readonly method: string;
  /** As declared. undefined: only the service that the request is forwarded to knows. */
  readonly route: string | undefined;
  readonly response: ServerResponse;
  /** The request's own. */
  readonly traceparent: string | string[] | undefined;
  /** `foreign`: whoever sends requests could write into our traces, so the request starts its own trace, which links the sender's. */
  readonly origin: 'own' | 'foreign';
  /** Of the span. Ids only: never a path or a query as sent. */
  readonly attributes: Attributes;
}

/** A request in progress. Its duration and its span end with the response. */
export interface ObservedRequest {
  /** Runs the work as part of the request's trace. */
  run<T>(work: () => T): T;
  /** For events and requests that follow from this one; undefined: there is no trace. */
  readonly traceparent: string | undefined;
  /** Why it is answered with an error. */
  failedWith(code: string): void;
}

export type ObserveRequest = (request: RequestToObserve) => ObservedRequest;

/** Measures `http.server.request.duration`, and makes the server spans. */
export const createRequestObserver = (meter: Meter): ObserveRequest => {
  const duration = meter.createHistogram('http.server.request.duration', {
    description: 'Requests by method, route and status.',
    unit: 's',
    advice: { explicitBucketBoundaries: boundaries },
  });
  return ({ method: sentMethod, route, response, traceparent: sent, origin, attributes }) => {
    const startedAt = performance.now();
    const method = methods.has(sentMethod) ? sentMethod : '_OTHER';
    const sender = contextOf(typeof sent === 'string' ? sent : undefined);
    const known: Attributes = { 'http.request.method': method, 'url.scheme': 'http' };
    if (route !== undefined) known['http.route'] = route;
    const span = startSpan(
      route === undefined ? method : `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes: { ...known, ...attributes }, links: linksTo(origin, sender) },
      origin === 'own' ? sender : ROOT_CONTEXT,
    );
    const within = trace.setSpan(ROOT_CONTEXT, span);
    let code: string | undefined;
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : undefined;
      const failure =
        status === undefined || status >= 500 ? (code ?? String(status ?? 'connection_closed')) : undefined;
      if (status !== undefined) known['http.response.status_code'] = status;
      if (span.isRecording()) {
        if (status !== undefined) span.setAttribute('http.response.status_code', status);
        if (code !== undefined) span.setAttribute('code', code);
        if (failure !== undefined) failSpan(span, failure);
      }
      if (failure !== undefined) known['error.type'] = failure;
      duration.record((performance.now() - startedAt) / 1000, known);
      span.end();
    });
    return {
      run: (work) => context.with(within, work),
      get traceparent() {
        return traceparentOf(within);
      },
      failedWith: (reason) => {
        code = reason;
      },
    };
  };
};

const linksTo = (origin: RequestToObserve['origin'], sender: Context) => {
  const linked = origin === 'foreign' ? trace.getSpanContext(sender) : undefined;
  return linked ? [{ context: linked }] : [];
};
