import { createPrivateKey, randomBytes } from 'node:crypto';
import { type EventContext, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeyring, SecretUnreadable, WrongEncryptionKey } from './keyring.ts';

const context: EventContext = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'service', id: 'test' },
  correlationId: 'test',
  causationId: null,
};
const key = randomBytes(32);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let store: EventStore;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openEventStore(database.url);
  await openKeyring(store, [key], context);
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

describe('the keyring', () => {
  it('decrypts a secret, even after a restart', async () => {
    const encrypted = await (await openKeyring(store, [key], context)).encrypt('webhook:1', 'It’s a secret');
    expect(encrypted).not.toContain('secret');
    expect(await (await openKeyring(store, [key], context)).decrypt('webhook:1', encrypted)).toBe(
      'It’s a secret',
    );
  });

  it('decrypts a secret only for what it belongs to, and not after it was altered', async () => {
    const keyring = await openKeyring(store, [key], context);
    const encrypted = await keyring.encrypt('webhook:1', 's');
    const tag = encrypted.lastIndexOf('.') + 1;
    const altered = `${encrypted.slice(0, tag)}${encrypted[tag] === 'A' ? 'B' : 'A'}${encrypted.slice(tag + 1)}`;
    await expect(keyring.decrypt('webhook:2', encrypted)).rejects.toThrow(SecretUnreadable);
    await expect(keyring.decrypt('webhook:1', altered)).rejects.toThrow(SecretUnreadable);
  });

  it('rejects another operator’s key, and names the right one by its check value', async () => {
    const refusal = openKeyring(store, [randomBytes(32)], context);
    await expect(refusal).rejects.toThrow(WrongEncryptionKey);
    await expect(refusal).rejects.toThrow(/check value [0-9a-f]{16}/);
  });

  it('changes to another operator’s key in steps, and the old one is dropped in the end', async () => {
    const fresh = await createTestDatabase();
    const own = await openEventStore(fresh.url);
    const [old, next] = [randomBytes(32), randomBytes(32)];
    const open = (...keys: Buffer[]) => openKeyring(own, keys, context);
    const before = await open(old);
    const encrypted = await before.encrypt('webhook:1', 'before');
    const device = await before.deviceKey();

    // Others still run with the old key alone, or have it first.
    await Promise.all([open(old, next), open(next, old), open(next, old)]);
    const during = await (await open(next, old)).encrypt('webhook:1', 'during');
    expect(await before.decrypt('webhook:1', during)).toBe('during');
    expect(await (await open(old)).decrypt('webhook:1', during)).toBe('during');

    const after = await open(next);
    expect(await after.decrypt('webhook:1', encrypted)).toBe('before');
    expect(await after.decrypt('webhook:1', during)).toBe('during');
    expect(await after.deviceKey()).toBe(device);
    const latest = await after.encrypt('webhook:1', 'after');
    expect(await (await open(next)).decrypt('webhook:1', latest)).toBe('after');
    await expect(open(old)).rejects.toThrow(WrongEncryptionKey);
    await expect(before.decrypt('webhook:1', latest)).rejects.toThrow(SecretUnreadable);

    // Two data keys, the first one wrapped by both. Restarts add nothing.
    const events = await Array.fromAsync(own.readStream(streams.keyring));
    const { length } = events.filter(({ type }) => type === 'DataKeyCreated');
    expect(length).toBe(3);
    await own.close();
    await fresh.drop();
  });

  it('creates one data key, however many services start at once', async () => {
    const fresh = await createTestDatabase();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openEventStore(fresh.url)));
    const keyrings = await Promise.all(stores.map((one) => openKeyring(one, [key], context)));
    const encrypted = (await keyrings[0]?.encrypt('x', 's')) ?? '';
    expect(await Promise.all(keyrings.map((one) => one.decrypt('x', encrypted)))).toEqual([
      's',
      's',
      's',
      's',
    ]);
    const dataKeys = await Array.fromAsync((stores[0] as EventStore).readStream(streams.keyring));
    expect(dataKeys).toHaveLength(1);
    await Promise.all(stores.map((one) => one.close()));
    await fresh.drop();
  });

  it('creates one device key, however many services ask for it at once, and keeps it encrypted', async () => {
    const fresh = await createTestDatabase();
    const stores = await Promise.all([1, 2, 3, 4].map(() => openEventStore(fresh.url)));
    const keyrings = await Promise.all(stores.map((one) => openKeyring(one, [key], context)));
    const keys = await Promise.all(keyrings.map((one) => one.deviceKey()));
    expect(new Set(keys).size).toBe(1);
    expect(createPrivateKey(keys[0] ?? '').asymmetricKeyType).toBe('ed25519');

    const [store] = stores as [EventStore];
    const restarted = await openKeyring(store, [key], context);
    expect(await restarted.deviceKey()).toBe(keys[0]);
    const events = await Array.fromAsync(store.readStream(streams.keyring));
    expect(events.map(({ type }) => type)).toEqual(['DataKeyCreated', 'DeviceKeyCreated']);
    expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('PRIVATE KEY');
    await Promise.all(stores.map((one) => one.close()));
    await fresh.drop();
  });
});
