import { hash, randomBytes, verify } from 'node:crypto';
import { asEvent, type EventContext, type EventData, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeyring, SecretUnreadable } from './keyring.ts';
import { openSigner, publicSigningKeys } from './signing-keys.ts';

const context: EventContext = {
  occurredAt: '2026-03-05T12:00:00.000Z',
  actor: { kind: 'service', id: 'test' },
  correlationId: 'test',
  causationId: null,
};
const operatorKey = randomBytes(32);
const text = Buffer.from('signed');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let stores: EventStore[];
beforeEach(async () => {
  database = await createTestDatabase();
  stores = await Promise.all([1, 2, 3].map(() => openEventStore(database.url)));
});
afterEach(async () => {
  await Promise.all(stores.map((one) => one.close()));
  await database.drop();
});

const open = async (store: EventStore) =>
  openSigner(store, await openKeyring(store, [operatorKey], context), context);

it('creates one signing key, however many services ask for it at once, and keeps the private half encrypted', async () => {
  const [store] = stores as [EventStore];
  expect(await publicSigningKeys(store)).toEqual([]);
  const signers = await Promise.all(stores.map(open));
  const [key, ...others] = await publicSigningKeys(store);
  expect(others).toEqual([]);
  for (const signer of [...signers, await open(store)]) {
    expect(signer.keyId).toBe(key?.keyId);
    expect(verify(null, text, key?.publicKey ?? '', await signer.sign(text))).toBe(true);
    expect(verify(null, Buffer.from('other'), signer.publicKey, await signer.sign(text))).toBe(false);
  }
  const events = await Array.fromAsync(store.readStream(streams.signingKeys));
  expect(events).toHaveLength(1);
  expect(JSON.stringify(events.map(({ data }) => data))).not.toContain('PRIVATE KEY');
});

it('names a key by the digest of its public half', async () => {
  const { keyId, publicKey } = await open(stores[0] as EventStore);
  const der = publicKey.export({ type: 'spki', format: 'der' });
  expect(hash('sha256', der, 'hex').startsWith(keyId)).toBe(true);
  expect(keyId).toHaveLength(16);
});

it('signs with the newest key, and still shows the older ones', async () => {
  const [store, other] = stores as [EventStore, EventStore];
  const older = await open(store);
  const foreign = await createTestDatabase();
  const elsewhere = await openEventStore(foreign.url);
  // The keys of another log, encrypted by the data key of this one.
  const keyring = await openKeyring(store, [operatorKey], context);
  await openSigner(elsewhere, keyring, context);
  const [created] = await Array.fromAsync(elsewhere.readStream(streams.signingKeys));
  await elsewhere.close();
  await foreign.drop();

  const data = created?.data as EventData<'SigningKeyCreated'>;
  await store.append(streams.signingKeys, 0, [asEvent({ type: 'SigningKeyCreated', data }, context)]);
  const newer = await open(other);
  expect(newer.keyId).toBe(data.keyId);
  const keys = await publicSigningKeys(store);
  expect(keys.map(({ keyId }) => keyId)).toEqual([older.keyId, newer.keyId]);
  for (const [n, signer] of [older, newer].entries())
    expect(verify(null, text, keys[n]?.publicKey ?? '', await signer.sign(text))).toBe(true);
});

it('does not sign with a key that was stored under another id', async () => {
  const [store] = stores as [EventStore];
  await open(store);
  const [created] = await Array.fromAsync(store.readStream(streams.signingKeys));
  const data = { ...(created?.data as EventData<'SigningKeyCreated'>), keyId: '0123456789abcdef' };
  await store.append(streams.signingKeys, 0, [asEvent({ type: 'SigningKeyCreated', data }, context)]);
  await expect(open(store)).rejects.toThrow(SecretUnreadable);
});
