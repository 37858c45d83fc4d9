import { randomBytes, randomUUID } from 'node:crypto';
import { type EventContext, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keyring, openKeyring } from './keyring.ts';
import { readLinkOf, readLinkToken } from './read-links.ts';

const context: EventContext = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'service', id: 'test' },
  correlationId: 'test',
  causationId: null,
};
const key = randomBytes(32);
const link = {
  webhookId: randomUUID(),
  payloadId: randomUUID(),
  agentId: randomUUID(),
  expiresAt: '2026-03-05T13:00:00.000Z',
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: EventStore;
let keyring: Keyring;
let token: string;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openEventStore(database.url);
  keyring = await openKeyring(store, [key], context);
  token = (await readLinkToken(keyring, keyring.newestKeyId, link)) ?? '';
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('the token of a read link', () => {
  it('says what it gives access to, and is the same in every process', async () => {
    expect(token).toMatch(/^[\w-]{112}$/);
    expect(await readLinkOf(keyring, token)).toEqual(link);
    const other = await openKeyring(store, [key], context);
    expect(await readLinkToken(other, keyring.newestKeyId, link)).toBe(token);
    expect(await readLinkOf(other, token)).toEqual(link);
  });

  it('is worth nothing with any character changed, added or left out', async () => {
    for (let at = 0; at < token.length; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      expect(await readLinkOf(keyring, changed)).toBeNull();
    }
    for (const other of ['', token.slice(1), token.slice(0, -1), `${token}A`, `${token.slice(0, -1)}%`])
      expect(await readLinkOf(keyring, other)).toBeNull();
  });

  it('is worth nothing in another installation', async () => {
    const elsewhere = await createTestDatabase();
    const own = await openEventStore(elsewhere.url);
    expect(await readLinkOf(await openKeyring(own, [key], context), token)).toBeNull();
    await own.close();
    await elsewhere.drop();
  });

  it('is accepted by a process that was started before its key existed', async () => {
    const fresh = await createTestDatabase();
    const own = await openEventStore(fresh.url);
    const [old, next] = [randomBytes(32), randomBytes(32)];
    await openKeyring(own, [old], context);
    const before = await openKeyring(own, [old, next], context);
    await openKeyring(own, [next, old], context);
    const after = await openKeyring(own, [next], context);
    expect(after.newestKeyId).not.toBe(before.newestKeyId);
    const made = (await readLinkToken(after, after.newestKeyId, link)) ?? '';
    expect(await readLinkOf(before, made)).toEqual(link);
    await own.close();
    await fresh.drop();
  });

  it('with an unknown key is worth nothing, and many at once cause one read of the keyring', async () => {
    let reads = 0;
    const counting: EventStore = new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== 'readStream') return typeof value === 'function' ? value.bind(target) : value;
        return (...args: Parameters<EventStore['readStream']>) => {
          if (args[0] === streams.keyring) reads += 1;
          return target.readStream(...args);
        };
      },
    });
    const own = await openKeyring(counting, [key], context);
    reads = 0;
    const unknown = randomBytes(84).toString('base64url');
    const answers = await Promise.all(Array.from({ length: 50 }, () => readLinkOf(own, unknown)));
    expect(answers.every((answer) => answer === null)).toBe(true);
    expect(reads).toBe(1);
  });
});
