import { expect } from 'vitest';
import type { Case } from './case.spec-support.ts';
import {
  acceptEvents,
  connect,
  endBlockers,
  query,
  refuseEvents,
  untilWaited,
} from './databases.spec-support.ts';
import { isCalm } from './fire.spec-support.ts';
import { allAre, greatest, type Snapshot, sumOf } from './scrape.spec-support.ts';
import { noSmallDisk } from './small-disk.spec-support.ts';

/** More than the 2.5 s that IngestSlow allows, and less than the 5 s after which the event store's clients give up. */
const lockedSeconds = 3;

/** Databases and disks that work, but not well. */
export const impairedStores: readonly Case[] = [
  {
    name: 'a session locks a table of the projector, until it is ended',
    fires: ['ProjectionLagging'],
    fault: async ({ installation, accepted }) => {
      const { url } = installation.servers.readModels;
      const table = 'board_webhook_payloads';
      const [found] = await query(url, `select schemaname from pg_tables where tablename = '${table}'`);
      const blocker = await connect(url);
      return {
        begin: async () => {
          await blocker.query(`begin; lock table ${found?.schemaname}.${table} in exclusive mode`);
          await accepted(1);
        },
        shows: (scraped) =>
          greatest(scraped, 'mission_control_projection_lag_seconds', 'projection="payloads"') > 0,
        mitigate: () => endBlockers(url, `${found?.schemaname}.${table}`),
      };
    },
  },
  {
    name: 'a session locks the events again and again, until it is ended',
    fires: ['EventStoreSlow', 'IngestSlow'],
    fault: async ({ eventStore: { url }, accepted }) => {
      const job = await connect(url);
      const lock = () => job.query('begin; lock table eventstore.events in exclusive mode');
      return {
        begin: lock,
        // What waited shows in counters afterwards.
        shows: isCalm,
        meanwhile: async () => {
          await Promise.all([accepted(1), job.query(`${untilWaited('gateway', lockedSeconds)}; commit`)]);
        },
        mitigate: async () => {
          await lock();
          await endBlockers(url, 'eventstore.events');
          await accepted(1);
        },
      };
    },
  },
  {
    name: 'the event store refuses what the steward appends, until it accepts it',
    // After each refusal it reads the log again, and is not ready meanwhile.
    fires: ['ServiceNotReady', 'StewardOverdue'],
    fault: async ({ eventStore: { url }, installation, scene, accepted, openclaw, pathOf }) => {
      const deleted = await scene.webhook('github', 'To be deleted');
      await accepted(1, deleted);
      await openclaw.waitForMessage(({ text }) => text.includes(deleted.id));
      return {
        begin: async () => {
          await refuseEvents(url, `new.stream like 'memory-%'`);
          expect((await installation.admin.call('DELETE', pathOf(deleted))).status).toBe(200);
        },
        shows: (scraped) =>
          greatest(scraped, 'mission_control_steward_lag_seconds') > 0 &&
          allAre(0, scraped, 'mission_control_ready', 'job="steward"'),
        mitigate: async () => {
          // The runbook: the log says why.
          expect(installation.services.steward.output()).toMatch(
            /the archive is read-only.*the steward failed; restarting it/,
          );
          await acceptEvents(url);
        },
      };
    },
  },
  {
    name: 'the disk under a service fills, until what is not ours is deleted',
    fires: ['DiskFilling'],
    lacks: noSmallDisk,
    fault: async ({ disk, installation: { services } }) => {
      const free = (scraped: Snapshot, state: string) =>
        sumOf(scraped, 'system_filesystem_usage_bytes', 'job="relay"', `system_filesystem_state${state}`);
      return {
        begin: async () => disk?.fill(services.relay.pid()),
        shows: (scraped) => free(scraped, '="free"') < 0.1 * free(scraped, ''),
        mitigate: async () => disk?.clear(services.relay.pid()),
      };
    },
  },
];
