import { statfs } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Meter } from '@opentelemetry/api';

const nanosecondsPerSecond = 1e9;

/**
 * Reports CPU, memory, event loop and disk of this process, under the names of the semantic conventions.
 *
 * @returns stops the measurement of the event loop
 */
export const observeProcess = (meter: Meter): (() => void) => {
  observeMachine(meter);
  observeMemory(meter);
  return observeEventLoop(meter);
};

const observeMachine = (meter: Meter): void => {
  meter
    .createObservableCounter('process.cpu.time', {
      description: 'CPU time of the process.',
      unit: 's',
    })
    .addCallback((result) => {
      const { user, system } = process.cpuUsage();
      result.observe(user / 1e6, { 'cpu.mode': 'user' });
      result.observe(system / 1e6, { 'cpu.mode': 'system' });
    });
  meter
    .createObservableGauge('process.uptime', { description: 'Time since the process started.', unit: 's' })
    .addCallback((result) => result.observe(process.uptime()));
  meter
    .createObservableUpDownCounter('system.filesystem.usage', {
      description: 'The disk of the working directory.',
      unit: 'By',
    })
    .addCallback(async (result) => {
      const directory = process.cwd();
      const { bsize, blocks, bfree, bavail } = await statfs(directory);
      const observe = (state: string, count: number) =>
        result.observe(count * bsize, {
          'system.filesystem.state': state,
          'system.filesystem.mountpoint': directory,
        });
      observe('used', blocks - bfree);
      observe('free', bavail);
      observe('reserved', bfree - bavail);
    });
};

const observeMemory = (meter: Meter): void => {
  const gauge = (name: string, description: string, read: () => number) =>
    meter
      .createObservableUpDownCounter(name, { description, unit: 'By' })
      .addCallback((result) => result.observe(read()));
  gauge('process.memory.usage', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('v8js.memory.heap.used', 'Used JavaScript heap.', () => getHeapStatistics().used_heap_size);
  gauge('v8js.memory.heap.limit', 'Limit of the JavaScript heap.', () => getHeapStatistics().heap_size_limit);
};

/** Milliseconds between two samples. Each wakes the process up; Node's default of 10 was most of what an idle service costs. */
const sampleEveryMs = 500;

/** In seconds. The histogram counts the nanoseconds between its samples. Empty, its maximum is 0. */
const delayIn = (distance: number): number =>
  Math.max(distance / nanosecondsPerSecond - sampleEveryMs / 1_000, 0);

const observeEventLoop = (meter: Meter): (() => void) => {
  const delays = monitorEventLoopDelay({ resolution: sampleEveryMs });
  delays.enable();
  const delayOf = (name: string, description: string) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, { description, unit: 's' });
  const median = delayOf('p50', 'Median delay of the event loop since the last collection.');
  const p99 = delayOf('p99', '99th percentile of the delay of the event loop since the last collection.');
  const longest = delayOf('max', 'Longest delay of the event loop since the last collection.');
  meter.addBatchObservableCallback(
    (result) => {
      result.observe(median, delayIn(delays.percentile(50)));
      result.observe(p99, delayIn(delays.percentile(99)));
      result.observe(longest, delayIn(delays.max));
      delays.reset();
    },
    [median, p99, longest],
  );
  let before = performance.eventLoopUtilization();
  meter
    .createObservableGauge('nodejs.eventloop.utilization', {
      description: 'Share of the time since the last collection in which the event loop was busy.',
      unit: '1',
    })
    .addCallback((result) => {
      const now = performance.eventLoopUtilization();
      result.observe(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    });
  return () => delays.disable();
};
