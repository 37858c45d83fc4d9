import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { describeOnEventStores, type StartedEventStore } from '../system/event-stores.spec-support.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type RunningSystem, serviceNames, startSystem } from '../system/standalone.ts';
import { expectOneTree, ingestSpan, isComplete, traceOfRequest } from './delivery-tree.spec-support.ts';
import { type OtlpReceiver, startOtlpReceiver } from './otlp-receiver.ts';

const senderTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${senderTrace}-00f067aa0ba902b7-01`;

let eventStore: StartedEventStore;
let receiver: OtlpReceiver;
let system: RunningSystem;
let openclaw: OpenClawSimulator;
let scene: Scene;
let webhook: Webhook;

const traceOfRequestWith = (code?: string) => traceOfRequest(receiver.spans, webhook.id, code);

describeOnEventStores('with every OTEL_* exporter on', 'eventstoredb', ({ start }) => {
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    openclaw = await startOpenClawSimulator();
    eventStore = await start();
    system = await startSystem({
      env: {
        ...eventStore.env,
        LOG_LEVEL: 'debug',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_BLRP_SCHEDULE_DELAY: '100',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
      },
    });
    scene = await setScene(system.admin, openclaw, 'Traces');
    webhook = await scene.webhook('github', 'Look at each push');
  });
  afterAll(async () => {
    await system?.stop();
    await openclaw?.stop();
    await eventStore?.stop();
    await receiver?.stop();
  });

  it('one delivery is one tree with every hop, and names board and webhook in each', async () => {
    const delivery = await githubDelivery(
      `${system.url}${webhook.endpoint_path}?token=query-secret`,
      scene.secret,
      'push',
      { ref: 'refs/heads/main', note: 'body-secret' },
    );
    await postUntilAccepted({ ...delivery, headers: { ...delivery.headers, traceparent } });
    const spans = await waitFor(() => {
      const trace = traceOfRequestWith();
      return isComplete(trace) && trace;
    });
    expectOneTree(spans, { board_id: scene.boardId, webhook_id: webhook.id });
    expect(spans.find(({ name }) => name === ingestSpan)).toMatchObject({
      parentSpanId: '',
      linkedTraceIds: [senderTrace],
    });
  });

  it('log entries carry the trace, in the output and as exported', async () => {
    const [{ traceId } = { traceId: '' }] = traceOfRequestWith();
    const exported = await waitFor(() => {
      const entries = receiver.logs.filter((log) => log.traceId === traceId);
      return entries.some(({ body }) => body === 'the agent’s run ended') && entries;
    });
    expect(new Set(exported.map(({ service }) => service))).toEqual(new Set(['gateway', 'notifier']));
    expect(exported.find(({ body }) => body === 'agent told')?.attributes).toMatchObject({
      board_id: scene.boardId,
      webhook_id: webhook.id,
    });
    expect(system.process.output()).toMatch(
      new RegExp(`"trace_id":"${traceId}","span_id":"[0-9a-f]{16}".*"msg":"agent told"`),
    );
  });

  it('every service exports its metrics', async () => {
    await waitFor(() =>
      serviceNames.every((name) => receiver.metrics.get(name)?.has('mission_control.ready')),
    );
    await waitFor(() => receiver.metrics.get('gateway')?.has('http.server.request.duration'));
    await waitFor(() => receiver.metrics.get('notifier')?.has('mission_control.delivery.duration'));
  });

  it('a rejected request names board, webhook and code', async () => {
    const wrong = await githubDelivery(`${system.url}${webhook.endpoint_path}`, 'wrong', 'push', { n: 1 });
    const { status } = await fetch(wrong.url, { method: 'POST', body: wrong.body, headers: wrong.headers });
    expect(status).toBe(403);
    const span = await waitFor(() =>
      traceOfRequestWith('signature_invalid').find(({ name }) => name === ingestSpan),
    );
    expect(span.attributes).toMatchObject({
      board_id: scene.boardId,
      webhook_id: webhook.id,
      'http.response.status_code': 403,
    });
  });

  it('a change by an admin is one trace through gateway, admin API and projector', async () => {
    await system.admin.patch(webhook.endpoint_path, { description: 'Look closely' });
    await waitFor(() => {
      const changed = receiver.spans.find(({ name }) => name.startsWith('PATCH /api/v1/boards'));
      const trace = receiver.spans.filter(({ traceId }) => traceId === changed?.traceId);
      const services = new Set(trace.map(({ service }) => service));
      return ['gateway', 'admin-api', 'projector'].every((service) => services.has(service));
    });
  });

  it('neither secrets nor query strings nor bodies are exported', () => {
    const raw = receiver.raw();
    expect(raw).toContain(webhook.id);
    for (const secret of [scene.secret, system.adminToken, openclaw.token, scene.agentToken]) {
      expect(raw).not.toContain(secret);
    }
    expect(raw).not.toMatch(/query-secret|body-secret/);
  });
});
