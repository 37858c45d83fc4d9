import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alteredHistory } from './auditors.spec-support.ts';
import { undelivered } from './deliveries.spec-support.ts';
import { alertsOn, type Fault } from './fire.spec-support.ts';
import { lostServers } from './lost-servers.spec-support.ts';
import { noPromtool } from './promtool.spec-support.ts';
import { rulesFile } from './scrape.spec-support.ts';
import { rejectedSenders } from './senders.spec-support.ts';
import { impairedStores } from './stores.spec-support.ts';
import { startWatched, type Watched } from './watched.spec-support.ts';

const cases = [...impairedStores, ...alteredHistory, ...undelivered, ...rejectedSenders, ...lostServers];

describe('the alerts on what is scraped', () => {
  let watched: Watched;
  let fire: (fault: Fault) => Promise<void>;

  beforeAll(async () => {
    if (noPromtool !== null) return;
    watched = await startWatched();
    fire = alertsOn(watched.targets);
  });
  afterAll(() => watched?.stop());

  for (const { name, fires, lacks = null, fault } of cases) {
    it(`${fires.join(', ')}: ${name}`, async ({ skip }) => {
      const why = noPromtool ?? lacks;
      if (why !== null) return skip(why);
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
