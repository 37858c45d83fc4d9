import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

let server: Server;
afterEach(() => {
  server.close();
});

it('shows names with underscores, adds no unit to them, and marks counters as totals', async () => {
  const metrics = createMetrics('sample', { version: '1.2.0', revision: '0123abc' });
  metrics.meter.createCounter('sample.messages', { unit: '{message}' }).add(2);
  metrics.meter
    .createObservableGauge('sample.lag', { unit: 's', description: 'Age of the oldest event' })
    .addCallback((result) => result.observe(3));
  server = createServer(metrics.answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  const lines = (await response.text()).split('\n');
  expect(lines).toContain('sample_messages_total{otel_scope_name="mission-control.sample"} 2');
  expect(lines).toContain('sample_lag{otel_scope_name="mission-control.sample"} 3');
  expect(lines).toContain('# HELP sample_lag Age of the oldest event');
  expect(lines).toContain('# UNIT sample_lag s');
  expect(lines).toContain(
    'mission_control_build_info{version="1.2.0",revision="0123abc",otel_scope_name="mission-control.sample"} 1',
  );
  await metrics.stop();
});
