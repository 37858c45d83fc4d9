import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createMetrics, type Metrics } from './metrics.ts';

const linesOf = async (metrics: Metrics): Promise<string[]> => {
  const server = createServer(metrics.answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  return (await response.text()).split('\n');
};

const sample = () => {
  const metrics = createMetrics('sample', { version: '1.2.0', revision: '0123abc' });
  onTestFinished(metrics.stop);
  return metrics;
};

it('shows names with underscores and their unit, and marks counters as totals', async () => {
  const metrics = sample();
  const { meter } = metrics;
  meter.createCounter('sample.messages', { unit: '{message}' }).add(2);
  meter.createCounter('sample.io', { unit: 'By' }).add(7);
  meter
    .createObservableGauge('sample.lag', { unit: 's', description: 'Age of the oldest event' })
    .addCallback((result) => result.observe(3, { 'http.route': '/a' }));
  meter.createGauge('sample.share', { unit: '1' }).record(0.5);
  meter.createHistogram('sample.duration', { unit: 's' }).record(1);
  expect(await linesOf(metrics)).toEqual(
    expect.arrayContaining([
      'sample_messages_total 2',
      'sample_io_bytes_total 7',
      'sample_lag_seconds{http_route="/a"} 3',
      '# HELP sample_lag_seconds Age of the oldest event',
      'sample_share_ratio 0.5',
      'sample_duration_seconds_count 1',
    ]),
  );
});

it('describes the process: its release, CPU, memory, event loop and disk', async () => {
  const lines = await linesOf(sample());
  const value = (name: string) => {
    const line = lines.find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
    return Number(line?.split(' ').at(-1));
  };
  expect(lines).toContainEqual(
    'mission_control_build_info{version="1.2.0",revision="0123abc"} 1',
  );
  expect(lines).toContainEqual(expect.stringMatching(/^target_info\{.*service_name="sample"/));
  expect(value('process_cpu_time_seconds_total')).toBeGreaterThan(0);
  expect(value('process_memory_usage_bytes')).toBeGreaterThan(10_000_000);
  expect(value('v8js_memory_heap_used_bytes')).toBeLessThan(value('v8js_memory_heap_limit_bytes'));
  expect(value('system_filesystem_usage_bytes')).toBeGreaterThan(0);
  expect(value('nodejs_eventloop_delay_max_seconds')).toBeGreaterThanOrEqual(0);
  expect(value('nodejs_eventloop_utilization_ratio')).toBeLessThanOrEqual(1);
});
