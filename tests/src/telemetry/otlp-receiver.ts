import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Value = string | boolean | number | undefined;

export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly linkedTraceIds: readonly string[];
  readonly attributes: Readonly<Record<string, Value>>;
  readonly failed: boolean;
}

interface ReceivedLog {
  readonly service: string;
  readonly body: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, Value>>;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly logs: readonly ReceivedLog[];
  /** By service. */
  readonly metrics: ReadonlyMap<string, ReadonlySet<string>>;
  /** Everything that was received, as sent. */
  readonly raw: () => string;
  /** Requests so far, answered or not. */
  readonly requests: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Receives OTLP over HTTP. Only JSON is kept; protobuf is read and counted.
 *
 * @param behaviour `refuse` answers 503, which exporters retry; `silent` never answers
 */
export const startOtlpReceiver = async (
  behaviour: 'answer' | 'refuse' | 'silent' = 'answer',
): Promise<OtlpReceiver> => {
  const spans: ReceivedSpan[] = [];
  const logs: ReceivedLog[] = [];
  const metrics = new Map<string, Set<string>>();
  const bodies: string[] = [];
  let requests = 0;
  const keep = (body: string) => {
    bodies.push(body);
    const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = JSON.parse(body) as Export;
    for (const { resource, scopeSpans } of resourceSpans) {
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => spanOf(resource, span))));
    }
    for (const { resource, scopeLogs } of resourceLogs) {
      logs.push(...scopeLogs.flatMap((scope) => scope.logRecords.map((log) => logOf(resource, log))));
    }
    for (const { resource, scopeMetrics } of resourceMetrics) {
      const names = metrics.get(serviceOf(resource)) ?? new Set();
      metrics.set(serviceOf(resource), names);
      for (const scope of scopeMetrics) for (const { name } of scope.metrics) names.add(name);
    }
  };
  const server = createServer(async (request, response) => {
    requests += 1;
    if (behaviour === 'silent') return;
    const isJson = request.headers['content-type']?.startsWith('application/json');
    const body = await text(request);
    if (behaviour === 'refuse') return void response.writeHead(503, { 'retry-after': '1' }).end();
    if (isJson) keep(body);
    response.writeHead(200, { 'content-type': request.headers['content-type'] }).end(isJson ? '{}' : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    logs,
    metrics,
    raw: () => bodies.join('\n'),
    requests: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

interface Attribute {
  readonly key: string;
  readonly value: { stringValue?: string; boolValue?: boolean; intValue?: number; doubleValue?: number };
}

// Empty arrays may be left out of JSON.
interface Resource {
  readonly attributes?: readonly Attribute[];
}

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { traceId: string }[];
  readonly attributes?: readonly Attribute[];
  readonly status?: { code?: number };
}

interface LogRecord {
  readonly body?: { stringValue?: string };
  readonly traceId?: string;
  readonly attributes?: readonly Attribute[];
}

interface Export {
  readonly resourceSpans?: readonly { resource: Resource; scopeSpans: readonly { spans: Span[] }[] }[];
  readonly resourceLogs?: readonly {
    resource: Resource;
    scopeLogs: readonly { logRecords: LogRecord[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    resource: Resource;
    scopeMetrics: readonly { metrics: { name: string }[] }[];
  }[];
}

const valuesOf = (attributes: readonly Attribute[] = []): Record<string, Value> =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue,
    ]),
  );

const serviceOf = ({ attributes }: Resource): string => String(valuesOf(attributes)['service.name']);

const statusError = 2;

const spanOf = (resource: Resource, span: Span): ReceivedSpan => ({
  service: serviceOf(resource),
  name: span.name,
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId ?? '',
  linkedTraceIds: (span.links ?? []).map(({ traceId }) => traceId),
  attributes: valuesOf(span.attributes),
  failed: span.status?.code === statusError,
});

const logOf = (resource: Resource, { body, traceId = '', attributes }: LogRecord): ReceivedLog => ({
  service: serviceOf(resource),
  body: body?.stringValue ?? '',
  traceId,
  attributes: valuesOf(attributes),
});
