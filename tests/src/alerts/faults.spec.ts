import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { undelivered } from './deliveries.spec-support.ts';
import { alertsOn, type Fault } from './fire.spec-support.ts';
import { lostServers } from './lost-servers.spec-support.ts';
import { noPromtool } from './promtool.spec-support.ts';
import { rulesFile } from './scrape.spec-support.ts';
import { rejectedSenders } from './senders.spec-support.ts';
import { impairedStores } from './stores.spec-support.ts';
import { startWatched, type Watched } from './watched.spec-support.ts';

const cases = [...impairedStores, ...undelivered, ...rejectedSenders, ...lostServers];

describe.skipIf(noPromtool !== null)('the alerts on what is scraped', () => {
  let watched: Watched;
  let fire: (fault: Fault) => Promise<void>;

  beforeAll(async () => {
    watched = await startWatched();
    fire = alertsOn(watched.targets);
  });
  afterAll(() => watched?.stop());

  for (const { name, fires, lacks = null, fault } of cases) {
    it(`${fires.join(', ')}: ${name}`, async ({ skip }) => {
      if (lacks !== null) return skip(lacks);
      await fire({ fires, ...(await fault(watched)) });
    });
  }
});

it('a fault fires each alert', () => {
  const alerts = [...readFileSync(rulesFile, 'utf8').matchAll(/^ +- alert: (\w+)$/gm)].map(
    ([, name]) => name,
  );
  expect([...new Set(cases.flatMap(({ fires }) => fires))].sort()).toEqual(alerts.sort());
});

if (noPromtool) it('promtool evaluates the alerts', (context) => context.skip(noPromtool ?? ''));
