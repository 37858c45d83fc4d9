import type { Checkpoint } from '@mission-control/event-store';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import { ToldOften } from './told-often.ts';

const webhookId = 'webhook';
const boardId = 'board';
const ids = { webhook_id: webhookId, board_id: boardId };
const checkpoint = (n: number): Checkpoint => ({ incarnation: 'log', position: BigInt(n), eventId: `${n}` });
const deliveries = new OutstandingDeliveries();
/** The n-th delivery in the log. */
const delivery = (n: number, seconds: number): Outstanding =>
  deliveries.add(
    {
      reference: {
        ...{ payloadId: `${n}`, boardId, webhookId, agentId: null },
        requestedAt: new Date(seconds * 1000).toISOString(),
        cause: {
          type: 'WebhookPayloadReceived',
          eventId: `${n}`,
          stream: 'payloads',
          revision: n,
          position: `${n}`,
        },
      },
      webhookRevision: 0,
    },
    checkpoint(n - 1),
  );

let logged: object[];
let told: ToldOften;
beforeEach(() => {
  logged = [];
  const line = (fields: object, message: string) => void logged.push({ ...fields, message });
  told = new ToldOften({ info: line, warn: line });
});
const look = (seconds: number) => told.look(seconds * 1000);

describe('a webhook without a limit', () => {
  it('tells its agent too often with more than twenty messages in a minute, and the log says when that begins and ends', () => {
    for (let n = 1; n <= 20; n += 1) expect(told.add(delivery(n, n), null)).toBe(true);
    look(30);
    expect([told.size, logged]).toEqual([0, []]);
    for (let n = 21; n <= 40; n += 1) expect(told.add(delivery(n, 30), null)).toBe(true);
    look(31);
    look(33);
    expect(told.size).toBe(1);
    look(95);
    expect(told.size).toBe(0);
    expect(logged).toEqual([
      { ...ids, in_last_minute: 21, limit: null, message: 'a webhook tells its agent too often' },
      { ...ids, seconds: 64, message: 'a webhook no longer tells its agent too often' },
    ]);
  });

  it('does not hold back the low-water mark', () => {
    told.add(delivery(5, 1), null);
    expect(told.heldBack(checkpoint(9))).toEqual(checkpoint(9));
  });
});

describe('a webhook with a limit', () => {
  it('tells its agent too often while messages are left out', () => {
    const third = delivery(3, 3);
    expect([delivery(1, 1), delivery(2, 2), third].map((one) => told.add(one, 2))).toEqual([
      true,
      true,
      false,
    ]);
    look(4);
    expect(told.size).toBe(0);
    told.leftOut(third.reference, 4_000);
    look(5);
    expect(told.size).toBe(1);
    look(64);
    expect(told.size).toBe(0);
    expect(logged).toMatchObject([
      { ...ids, in_last_minute: 2, limit: 2 },
      { ...ids, seconds: 59 },
    ]);
  });

  it('holds back the low-water mark until its messages no longer count', () => {
    told.add(delivery(4, 1), 2);
    told.add(delivery(6, 100), 2);
    expect(told.heldBack(checkpoint(9))).toEqual(checkpoint(3));
    expect(told.heldBack(checkpoint(1))).toEqual(checkpoint(1));
    expect(told.heldBack(null)).toBeNull();
    look(122);
    expect(told.heldBack(checkpoint(9))).toEqual(checkpoint(5));
    look(221);
    expect(told.heldBack(checkpoint(9))).toEqual(checkpoint(9));
  });

  it('counts what was told before the session, but never leaves it out', () => {
    for (let n = 1; n <= 4; n += 1) told.remember(delivery(n, n), 2);
    expect(told.add(delivery(5, 5), 2)).toBe(false);
    expect(told.add(delivery(6, 64), 2)).toBe(true);
  });
});
