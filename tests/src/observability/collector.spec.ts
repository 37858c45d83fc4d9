import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { composePath, readComposeFile, serviceIn } from '../containers/compose-file.spec-support.ts';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type RunningSystem, serviceNames, startSystem } from '../system/standalone.ts';
import { expectOneTree, isComplete, traceOfRequest } from '../telemetry/delivery-tree.spec-support.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../telemetry/otlp-receiver.ts';
import {
  type Backends,
  collector,
  needsCollector,
  type OurCollector,
  startBackends,
  startOurCollector,
  validate,
} from './collector.spec-support.ts';
import { compose, read } from './configuration.spec-support.ts';

it('the collector that is compiled for tests has the version of the image', () => {
  const [, version] = /go\.opentelemetry\.io\/collector\/otelcol v(\S+)/.exec(
    read('infra/observability/tools/go.mod'),
  ) ?? [null, 'none'];
  expect(serviceIn(compose, 'collector').image).toBe(`otel/opentelemetry-collector-contrib:${version}`);
});

describe('an OpenTelemetry Collector', () => {
  beforeEach((context) => context.skip(!collector, needsCollector));

  it('accepts our file, and would say if a setting were wrong', async () => {
    await validate();
    await expect(validate('exporters.otlp/tempo.endpoints=tempo:4317')).rejects.toThrow(
      'invalid keys: endpoints',
    );
  });

  describe('between our services and Tempo, Loki and Prometheus', () => {
    let receiver: OtlpReceiver;
    let backends: Backends;
    let ours: OurCollector;
    let openclaw: OpenClawSimulator;
    let system: RunningSystem;
    let scene: Scene;
    let webhook: Webhook;

    beforeAll(async () => {
      if (!collector) return;
      receiver = await startOtlpReceiver();
      backends = await startBackends(receiver.url);
      ours = await startOurCollector(backends.addresses);
      openclaw = await startOpenClawSimulator();
      // docker-compose.yml with all three signals on and every log entry, and shorter waits.
      const { environment = {} } = serviceIn(
        readComposeFile(composePath, {
          LOG_LEVEL: 'debug',
          OTEL_EXPORTER_OTLP_ENDPOINT: ours.url,
          OTEL_METRICS_EXPORTER: 'otlp',
        }),
        'gateway',
      );
      const observed = Object.entries(environment).filter(([name]) => /^(OTEL_|LOG_)/.test(name));
      system = await startSystem({
        env: {
          ...Object.fromEntries(observed),
          OTEL_BSP_SCHEDULE_DELAY: '100',
          OTEL_BLRP_SCHEDULE_DELAY: '100',
          OTEL_METRIC_EXPORT_INTERVAL: '1000',
        },
      });
      scene = await setScene(system.admin, openclaw, 'Collected');
      webhook = await scene.webhook('github', 'Look at each push');
      const delivery = await githubDelivery(`${system.url}${webhook.endpoint_path}`, scene.secret, 'push', {
        ref: 'refs/heads/main',
      });
      await postUntilAccepted(delivery);
    });
    afterAll(async () => {
      await system?.stop();
      await openclaw?.stop();
      await ours?.stop();
      await backends?.stop();
      await receiver?.stop();
    });

    const trace = () =>
      waitFor(() => {
        const spans = traceOfRequest(receiver.spans, webhook.id);
        return isComplete(spans) && spans;
      });

    it('hands on a delivery as one tree with every hop', async () => {
      expectOneTree(await trace(), { board_id: scene.boardId, webhook_id: webhook.id });
    });

    it('hands on log entries with the trace that they belong to', async () => {
      const [{ traceId } = { traceId: '' }] = await trace();
      const told = await waitFor(() =>
        receiver.logs.find((log) => log.traceId === traceId && log.body === 'agent told'),
      );
      expect(told).toMatchObject({
        service: 'notifier',
        attributes: { board_id: scene.boardId, webhook_id: webhook.id },
      });
    });

    it('hands on the metrics of every service', async () => {
      await waitFor(() =>
        serviceNames.every((name) => receiver.metrics.get(name)?.has('mission_control.ready')),
      );
      await waitFor(() => receiver.metrics.get('gateway')?.has('http.server.request.duration'));
    });
  });
});
