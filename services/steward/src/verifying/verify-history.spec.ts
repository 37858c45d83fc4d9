import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { Frontier, leafHashOf } from '@mission-control/merkle';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PendingLeaves } from '../sealing/pending-leaves.ts';
import { verifyHistory } from './verify-history.ts';

const context = {
  ...{ occurredAt: new Date().toISOString(), actor: { kind: 'admin', id: 'ada' } as const },
  ...{ correlationId: 'history', causationId: null },
};
const agent = newRandomId();

let database: TestDatabase;
let store: EventStore;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openEventStore(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const data = { agentId: agent, boardId: newRandomId() };
  await store.append(streams.agent(agent), 'any', [asEvent({ type: 'AgentDeleted', data }, context)]);
  const leaves = new PendingLeaves();
  const frontier = new Frontier();
  for await (const event of store.readAll()) leaves.add(event, leafHashOf(event));
  for (const hash of leaves.hashes) frontier.add(hash);
  const sealed = asEvent(leaves.toFact(0, frontier.root()), context);
  await store.append(streams.merkle, 'no_stream', [sealed]);
});
afterAll(async () => {
  await client?.end();
  await store?.close();
  await database?.drop();
});

const verify = async () => {
  const evidence = { kept: [], unusable: null, keys: [] };
  return verifyHistory(store, evidence, new AbortController().signal);
};

/** Changes the text that is stored of the event. */
const rewrite = async (column: 'data' | 'metadata', change: (text: string) => string): Promise<void> => {
  const ofEvent = 'where stream = $1';
  const stream = streams.agent(agent);
  const { rows } = await client.query<{ text: string }>(
    `select ${column}::text as text from eventstore.events ${ofEvent}`,
    [stream],
  );
  const [{ text } = { text: '' }] = rows;
  const changed = change(text);
  expect(changed).not.toBe(text);
  await client.query(`update eventstore.events set ${column} = $2::json ${ofEvent}`, [stream, changed]);
};

/** The members in the opposite order, with blanks between them: canonical JSON has neither. */
const reversed = (text: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 1);

it('a history verifies whatever the order of the members in which an older release stored them', async () => {
  expect(await verify()).toMatchObject({ status: 'verified', leaves: 1, unsealed: 1, fault: null });
  await rewrite('data', reversed);
  await rewrite('metadata', reversed);
  expect(await verify()).toMatchObject({ status: 'verified', leaves: 1, unsealed: 1, fault: null });
});

it('a history in which a member was changed does not verify, however it is stored', async () => {
  await rewrite('data', (text) => text.replace(agent, newRandomId()));
  expect(await verify()).toMatchObject({ status: 'failed', fault: { kind: 'altered' } });
});
