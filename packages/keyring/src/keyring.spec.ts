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

  it('opens with any of several keys', async () => {
    const encrypted = await (await openKeyring(store, [key], context)).encrypt('webhook:1', 's');
    expect(
      await (await openKeyring(store, [randomBytes(32), key], context)).decrypt('webhook:1', encrypted),
    ).toBe('s');
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
