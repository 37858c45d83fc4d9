import { randomUUID } from 'node:crypto';
import { LogOfAnotherInstallation } from '@mission-control/domain';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase, type TestDatabase } from '@mission-control/test-servers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimLog } from './claim-log.ts';

let database: TestDatabase;
const opened: EventStore[] = [];
const open = async (prefix = ''): Promise<EventStore> => {
  const store = await openEventStore(database.url, { prefix });
  opened.push(store);
  return store;
};
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await database.drop();
});

it('of two installations that start at once, exactly one gets the log', async () => {
  const installations = Array.from({ length: 6 }, () => randomUUID());
  const stores = await Promise.all(installations.map(() => open()));
  const claims = await Promise.allSettled(
    installations.map((id, n) => claimLog(stores[n] as EventStore, id, 'spec')),
  );
  const owners = installations.filter((_, n) => claims[n]?.status === 'fulfilled');
  expect(owners).toHaveLength(1);
  const [owner = ''] = owners;
  for (const claim of claims)
    if (claim.status === 'rejected') {
      expect(claim.reason).toBeInstanceOf(LogOfAnotherInstallation);
      expect(claim.reason.message).toContain(`INSTALLATION_ID=${owner}`);
    }
  expect(await claimLog(await open(), owner, 'spec')).toBe('owned');
});

it('the services of one installation that start at once claim the log once', async () => {
  const id = randomUUID();
  const stores = await Promise.all(Array.from({ length: 6 }, () => open()));
  const claims = await Promise.all(stores.map((store) => claimLog(store, id, 'spec')));
  expect(claims.toSorted()).toEqual(['claimed', ...Array.from({ length: 5 }, () => 'owned')]);
});

it('another installation can claim a part of the log with a prefix of its own', async () => {
  const [one, other] = [randomUUID(), randomUUID()];
  expect(await claimLog(await open(), one, 'spec')).toBe('claimed');
  expect(await claimLog(await open('acme'), other, 'spec')).toBe('claimed');
  await expect(claimLog(await open('acme'), one, 'spec')).rejects.toThrow(`installation ${other} since`);
});
