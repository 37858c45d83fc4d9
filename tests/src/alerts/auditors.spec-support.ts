import { readFile, rm, writeFile } from 'node:fs/promises';
import { waitFor } from '@mission-control/testing';
import type { Case } from './case.spec-support.ts';
import { isCalm } from './fire.spec-support.ts';
import { scrape, sumOf } from './scrape.spec-support.ts';

/** The number of leaves is in the second line of a signed checkpoint. */
const withMoreLeaves = (note: string): string => {
  const [origin, leaves, ...others] = note.split('\n');
  return [origin, Number(leaves) + 1_000_000, ...others].join('\n');
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
];
