import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMetrics } from '@mission-control/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { createNotifierMetrics } from './metrics.ts';

/** An arrival of an hour ago, so that its bucket does not depend on the speed of the test. */
const arrival = {
  type: 'WebhookPayloadReceived',
  requestedAt: Date.now() - 3_600_000,
} as const;

it('deliveries, failed attempts and unavailable OpenClaw gateways are counted', async () => {
  const exported = createMetrics('notifier');
  onTestFinished(exported.stop);
  const metrics = createNotifierMetrics(exported, {
    unavailableGateways: () => 2,
    waiting: () => 7,
    followedRuns: () => 3,
  });
  metrics.told(arrival);
  metrics.told({ ...arrival, type: 'RedeliveryRequested' });
  metrics.ended('sent');
  metrics.ended('handled', null);
  metrics.ended('parked', 'no_agent');
  metrics.ended('failed', 'text_changed');
  metrics.confirmed(150);
  metrics.attemptFailed('answer_timeout');

  const server = createServer(exported.answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  const samples = (await answer.text())
    .split('\n')
    .filter((line) => line.startsWith('notifier_'))
    .map((line) => line.replace(/,?otel_scope_\w+="[^"]*"/g, '').replace('{,', '{'));
  expect(samples).toEqual(
    expect.arrayContaining([
      'notifier_deliveries_total{outcome="told"} 2',
      'notifier_deliveries_total{outcome="parked",reason="no_agent"} 1',
      'notifier_deliveries_total{outcome="failed",reason="text_changed"} 1',
      'notifier_attempts_failed_total{code="answer_timeout"} 1',
      'notifier_delivery_duration_count{} 1',
      'notifier_delivery_duration_bucket{le="1800"} 0',
      'notifier_delivery_duration_bucket{le="+Inf"} 1',
      'notifier_deliveries_total{outcome="sent"} 1',
      'notifier_deliveries_total{outcome="handled"} 1',
      'notifier_confirmation_lag_bucket{le="0.1"} 0',
      'notifier_confirmation_lag_bucket{le="0.2"} 1',
      'notifier_openclaw_gateways_unavailable{} 2',
      'notifier_lane_waiting{} 7',
      'notifier_runs_followed{} 3',
    ]),
  );
});
