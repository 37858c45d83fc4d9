import { readFile, rm, writeFile } from 'node:fs/promises';
import { waitFor } from '@mission-control/testing';
import { expect } from 'vitest';
import type { Case } from './case.spec-support.ts';
import { acceptEvents, query, refuseEvents } from './databases.spec-support.ts';
import { isCalm } from './fire.spec-support.ts';
import { greatest, scrape, sumOf, type Target } from './scrape.spec-support.ts';

/** The number of leaves is in the second line of a signed checkpoint. */
const withMoreLeaves = (note: string): string => {
  const [origin, leaves, ...others] = note.split('\n');
  return [origin, Number(leaves) + 1_000_000, ...others].join('\n');
};

const sealLag = 'mission_control_audit_seal_lag_seconds';

const hasNoTasks = async (targets: readonly Target[]): Promise<boolean> => {
  const steward = targets.find(({ job }) => job === 'steward');
  const page = await (await fetch(`http://${steward?.instance}/metrics`)).text();
  return /^mission_control_steward_tasks(\{.*\})? 0$/m.test(page);
};

/** What auditors have to know. */
export const alteredHistory: readonly Case[] = [
  {
    name: 'the log is shorter than the checkpoint kept outside it, until that is moved away',
    fires: ['AuditAnchorFailing'],
    fault: async ({ anchor, targets, accepted }) => {
      const stewards = targets.filter(({ job }) => job === 'steward');
      const failures = async () =>
        sumOf(await scrape(stewards), 'mission_control_audit_anchor_failures_total', 'where="file"');
      const anotherFails = async () => {
        const before = await failures();
        await accepted(1);
        await waitFor(async () => (await failures()) > before);
      };
      return {
        begin: async () => {
          await accepted(1);
          await writeFile(anchor, withMoreLeaves(await waitFor(() => readFile(anchor, 'utf8'))));
        },
        shows: isCalm,
        meanwhile: anotherFails,
        mitigate: () => rm(anchor),
      };
    },
  },
  {
    name: 'an event is changed in the event store, until it is put back',
    fires: ['AuditVerificationFailed'],
    fault: async ({ eventStore: { url }, installation: { admin } }) => {
      const path = '/api/v1/audit/verify';
      const verify = async () => {
        const { id } = await admin.post<{ id: string }>(path, {});
        return waitFor(async () => {
          const found = await admin.get<{ id: string; status: string }>(path);
          return found.id === id && found.status !== 'running' && found.status;
        });
      };
      return {
        begin: () =>
          query(
            url,
            `create table changed as
               select position, data from eventstore.events where stream like 'delivery-%' order by position limit 1;
             update eventstore.events e set data = (e.data::jsonb || '{"sentAgain": "never"}')::json
               from changed where e.position = changed.position`,
          ),
        // What was found shows in a counter afterwards.
        shows: isCalm,
        meanwhile: async () => expect(await verify()).toBe('failed'),
        mitigate: async () => {
          await query(
            url,
            `update eventstore.events e set data = changed.data from changed where e.position = changed.position;
             drop table changed`,
          );
          expect(await verify()).toBe('verified');
        },
        minutes: { after: 70 },
      };
    },
  },
  {
    name: 'the event store refuses what is sealed, until it accepts it',
    fires: ['AuditSealingBehind'],
    fault: async ({ eventStore: { url }, installation: { services }, targets, accepted }) => ({
      begin: async () => {
        // Nothing is removed before it is sealed: a deletion that is under way would become overdue as well.
        await waitFor(() => hasNoTasks(targets), { timeout: 120_000 });
        await refuseEvents(url, `new.stream = 'merkle'`);
        await accepted(1);
      },
      shows: (scraped) => greatest(scraped, sealLag) > 10,
      mitigate: async () => {
        // The runbook: the log says why.
        expect(services.steward.output()).toMatch(
          /the archive is read-only.*the sealer failed; restarting it/,
        );
        await acceptEvents(url);
        await waitFor(async () => greatest(await scrape(targets), sealLag) < 5);
      },
    }),
  },
];
