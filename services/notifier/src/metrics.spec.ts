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

it('deliveries, failed attempts, lanes and OpenClaw gateways are measured', async () => {
  const exported = createMetrics('notifier');
  onTestFinished(exported.stop);
  const metrics = createNotifierMetrics(exported, 'DELIVERIES', {
    lanes: () => [
      {
        openclawGatewayId: 'one',
        waiting: 7,
        oldestRequestedAt: Date.now() - 3_600_000,
        available: false,
      },
      { openclawGatewayId: null, waiting: 0, oldestRequestedAt: null, available: null },
    ],
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
  metrics.sent('one', { kind: 'rejected', code: 'forbidden' }, 12);

  const server = createServer(exported.answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  const samples = (await answer.text()).split('\n');
  expect(samples).toEqual(
    expect.arrayContaining([
      'mission_control_delivery_outcomes_total{outcome="told"} 2',
      'mission_control_delivery_outcomes_total{outcome="parked",reason="no_agent"} 1',
      'mission_control_delivery_outcomes_total{outcome="failed",reason="text_changed"} 1',
      'mission_control_delivery_attempts_failed_total{code="answer_timeout"} 1',
      'mission_control_delivery_duration_seconds_count 1',
      'mission_control_delivery_duration_seconds_bucket{le="1800"} 0',
      'mission_control_delivery_duration_seconds_bucket{le="+Inf"} 1',
      'mission_control_delivery_outcomes_total{outcome="sent"} 1',
      'mission_control_delivery_outcomes_total{outcome="handled"} 1',
      'mission_control_delivery_confirmation_duration_seconds_bucket{le="0.1"} 0',
      'mission_control_delivery_confirmation_duration_seconds_bucket{le="0.2"} 1',
      'mission_control_openclaw_gateway_request_duration_seconds_count{openclaw_gateway_id="one",method="chat.send",outcome="rejected",error_type="forbidden"} 1',
      'mission_control_openclaw_gateway_available{openclaw_gateway_id="one"} 0',
      'mission_control_lane_waiting{openclaw_gateway_id="one"} 7',
      expect.stringMatching(/^mission_control_lane_lag_seconds\{openclaw_gateway_id="one"\} 36\d\d/),
      'mission_control_lane_waiting{openclaw_gateway_id="none"} 0',
      'mission_control_lane_lag_seconds{openclaw_gateway_id="none"} 0',
      'mission_control_runs_followed 3',
    ]),
  );
});
