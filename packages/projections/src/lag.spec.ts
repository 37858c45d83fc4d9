import type { Checkpoint, SubscriptionMessage } from '@mission-control/event-store';
import { expect, it } from 'vitest';
import { Lag } from './lag.ts';

const checkpoint = {} as Checkpoint;
const hoursAgo = (hours: number): SubscriptionMessage => ({
  kind: 'event',
  event: { metadata: { occurredAt: new Date(Date.now() - hours * 3_600_000).toISOString() } } as never,
  checkpoint,
});
async function* log(...messages: SubscriptionMessage[]) {
  yield* messages;
}
const hoursOf = (lag: Lag) => lag.seconds && Math.floor(lag.seconds / 3_600);

it('is the age of the oldest event that is not applied', async () => {
  const lag = new Lag();
  expect(lag.seconds).toBeUndefined();
  const messages = lag.watch(log(hoursAgo(9), hoursAgo(7), hoursAgo(5), { kind: 'caught_up', checkpoint }));
  await messages.next();
  expect(hoursOf(lag)).toBe(9);
  await messages.next();
  expect(hoursOf(lag)).toBe(9);
  lag.applied(1, false);
  expect(hoursOf(lag)).toBe(7);
  await messages.next();
  await messages.next();
  lag.applied(2, true);
  expect(lag.seconds).toBe(0);
});

it('counts an event that was read while the batch before it was applied', async () => {
  const lag = new Lag();
  const messages = lag.watch(log(hoursAgo(9), { kind: 'caught_up', checkpoint }, hoursAgo(3)));
  await messages.next();
  await messages.next();
  await messages.next();
  lag.applied(1, true);
  expect(hoursOf(lag)).toBe(3);
});

it('is not 0 between two batches of a long backlog', async () => {
  const lag = new Lag();
  const messages = lag.watch(log(hoursAgo(9), hoursAgo(8), hoursAgo(2)));
  await messages.next();
  await messages.next();
  lag.applied(2, false);
  expect(hoursOf(lag)).toBe(8);
  lag.applied(0, false);
  expect(hoursOf(lag)).toBe(8);
  await messages.next();
  expect(hoursOf(lag)).toBe(2);
});

it('counts an event once if the log is read again after a failure', async () => {
  const lag = new Lag();
  await lag.watch(log(hoursAgo(9))).next();
  expect(hoursOf(lag)).toBe(9);
  await lag.watch(log(hoursAgo(9))).next();
  lag.applied(1, true);
  expect(lag.seconds).toBe(0);
});

it('no longer counts what is still read from an earlier subscription', async () => {
  const lag = new Lag();
  const earlier = lag.watch(log(hoursAgo(9), hoursAgo(8)));
  await earlier.next();
  await lag.watch(log(hoursAgo(9))).next();
  await earlier.next();
  expect(lag.events).toBe(1);
  const fenced = lag.watch(log(hoursAgo(9), hoursAgo(8)));
  await fenced.next();
  lag.forget();
  await fenced.next();
  expect(lag.seconds).toBeUndefined();
});
