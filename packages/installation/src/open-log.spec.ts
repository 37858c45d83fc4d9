import { randomUUID } from 'node:crypto';
import { asEvent, newOrderedId, streams } from '@mission-control/contracts';
import { LogOfAnotherInstallation } from '@mission-control/domain';
import { openEventStore } from '@mission-control/event-store';
import { keepInstallationId, migrateReadModels, openReadModels } from '@mission-control/read-models';
import { createLog, eventStoreVariables, loadConfig } from '@mission-control/runtime';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openInstallationLog } from './open-log.ts';

let database: TestDatabase;
let elsewhere: TestDatabase;
beforeEach(async () => {
  [database, elsewhere] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});
afterEach(async () => {
  await Promise.all([database.drop(), elsewhere.drop()]);
});

/** Opens the log and closes it again. Resolves to the log lines. */
const start = async (env: Record<string, string>): Promise<string> => {
  let logged = '';
  const log = createLog(
    'spec',
    { level: 'debug', format: 'json' },
    {
      write: (line) => {
        logged += line;
      },
    },
  );
  const config = loadConfig(eventStoreVariables, { EVENTSTORE_URL: database.url, ...env });
  const store = await openInstallationLog({ config, log }, 'spec');
  await store.close();
  return logged;
};

it('claims the log with INSTALLATION_ID, and rejects a start with another one', async () => {
  const id = randomUUID();
  expect(await start({ INSTALLATION_ID: id })).toContain(id);
  await start({ INSTALLATION_ID: id.toUpperCase() });
  await expect(start({ INSTALLATION_ID: randomUUID() })).rejects.toThrow(LogOfAnotherInstallation);
  await start({ INSTALLATION_ID: randomUUID(), EVENTSTORE_PREFIX: 'acme' });
});

it('without INSTALLATION_ID claims the log with the id that the read models were created with', async () => {
  await migrateReadModels(database.url);
  expect(await start({ DATABASE_URL: database.url })).toContain('claimed the event store');
  expect(await start({ DATABASE_URL: database.url })).not.toContain('claimed the event store');
  await migrateReadModels(elsewhere.url);
  await expect(start({ DATABASE_URL: elsewhere.url })).rejects.toThrow(LogOfAnotherInstallation);
});

it('starts with lost read models once INSTALLATION_ID names the owner, and keeps that id', async () => {
  const id = randomUUID();
  await start({ INSTALLATION_ID: id });
  await migrateReadModels(database.url);
  await expect(start({ DATABASE_URL: database.url })).rejects.toThrow(`INSTALLATION_ID=${id}`);
  await start({ DATABASE_URL: database.url, INSTALLATION_ID: id });
  const { db, close } = openReadModels(database.url);
  await keepInstallationId(db, id);
  await close();
  await start({ DATABASE_URL: database.url });
});

it('refuses a copy that is not complete, whether or not it knows its id, and starts once it is', async () => {
  const record = async (status: 'copying' | 'copied') => {
    const store = await openEventStore(database.url, { prefix: 'acme' });
    const event = asEvent(
      { type: 'LogCopyProgressed', data: { source: 'theirs', upTo: null, places: [], status } },
      {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'service', id: 'events' },
        correlationId: newOrderedId(),
        causationId: null,
      },
    );
    expect(await store.append(streams.logCopy, 'any', [event])).toMatchObject({ ok: true });
    await store.close();
  };
  const env = { EVENTSTORE_PREFIX: 'acme', INSTALLATION_ID: randomUUID() };
  await record('copying');
  await expect(start(env)).rejects.toMatchObject({ code: 'log_is_unfinished_copy', operatorsError: true });
  await expect(start({ EVENTSTORE_PREFIX: 'acme' })).rejects.toThrow('Run the same "events copy" again');
  await start({ INSTALLATION_ID: randomUUID() });
  await record('copied');
  expect(await start(env)).toContain('claimed the event store');
});

it.each([
  ['no database', {}],
  ['read models that are not migrated', { DATABASE_URL: 'elsewhere' }],
  ['a database that cannot be reached', { DATABASE_URL: 'postgres://user:hush@127.0.0.1:1/none' }],
])('with %s it checks nothing, and says so', async (_, given: { DATABASE_URL?: string }) => {
  const other = await start({ INSTALLATION_ID: randomUUID() });
  expect(other).toContain('claimed');
  const env = given.DATABASE_URL === 'elsewhere' ? { DATABASE_URL: elsewhere.url } : given;
  const logged = await start(env);
  expect(logged).toContain('the id of this installation is not known');
  expect(logged).not.toContain('hush');
});
