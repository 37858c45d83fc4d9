import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { headers, type Msg } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { Pulls } from './pulls.ts';
import { silent } from './test-lane.spec-support.ts';

/** Plays the server of the consumer: it sees the pulls, and answers those that a test wants answered. */
describe('pulls', () => {
  let nats: TestNats;
  let server: Messaging;
  let client: Messaging;
  let pulls: Pulls;
  let asked: { readonly inbox: string; readonly at: number }[];
  let received: string[];
  let failures: string[];

  beforeEach(async () => {
    nats = await startTestNats();
    server = await connectMessaging(nats.url, 'server', silent);
    client = await connectMessaging(nats.url, 'client', silent);
    asked = [];
    received = [];
    failures = [];
    server.connection.subscribe('next', {
      callback: (_, { reply = '' }) => void asked.push({ inbox: reply, at: performance.now() }),
    });
    await server.connection.flush();
    const parts = {
      connection: client.connection,
      subject: 'next',
      received: (message: Msg) => received.push(message.string()),
      failed: (reason: string) => failures.push(reason),
    };
    pulls = new Pulls(parts, 0);
    pulls.start();
  });

  afterEach(async () => {
    pulls.stop();
    await client.close();
    await server.close();
    await nats.stop();
  });

  const pull = async (n: number) => {
    await waitFor(() => asked.length > n);
    return asked[n] as { inbox: string; at: number };
  };
  const bring = (inbox: string, body: string) => server.connection.publish(inbox, body, { reply: 'ack' });
  const expire = (inbox: string) => {
    // What a server sends: NATS/1.0 408 Request Timeout.
    const status = headers(408, 'Request Timeout');
    server.connection.publish(inbox, '', { headers: status });
  };

  it('go on although the server has dropped one without an answer', async () => {
    const dropped = await pull(0);
    const next = await pull(1);
    expect(next.inbox).not.toBe(dropped.inbox);
    bring(next.inbox, 'one');
    await waitFor(() => received.length === 1);
    await pull(14);
    bring((await pull(asked.length - 1)).inbox, 'two');
    await waitFor(() => received.length === 2);
    expect(received).toEqual(['one', 'two']);
    expect(failures).toEqual([]);
  });

  it('prove what was asked, not when the answer came', async () => {
    const first = await pull(0);
    const third = await pull(2);
    expect(pulls.answeredAt).toBe(0);
    bring(first.inbox, 'late');
    await waitFor(() => received.length === 1);
    const proven = pulls.answeredAt;
    expect(proven).toBeGreaterThan(0);
    expect(proven).toBeLessThan(first.at);
    expire(third.inbox);
    await waitFor(() => pulls.answeredAt > proven);
    const provenLater = pulls.answeredAt;
    expect(provenLater).toBeLessThan(third.at);
    bring(first.inbox, 'later still');
    await waitFor(() => received.length === 2);
    expect(pulls.answeredAt).toBe(provenLater);
  });

  it('use an inbox again only when its pull has ended', async () => {
    const inboxes = () => new Set(asked.map(({ inbox }) => inbox)).size;
    await pull(4);
    expect(inboxes()).toBe(asked.length);
    await waitFor(() => {
      expire(asked.at(-1)?.inbox ?? '');
      return inboxes() < asked.length;
    });
  });

  it('end with the consumer', async () => {
    server.connection.publish((await pull(0)).inbox, '', { headers: headers(409, 'Consumer Deleted') });
    await waitFor(() => failures.length > 0);
    expect(failures).toEqual(['Consumer Deleted']);
  });
});
