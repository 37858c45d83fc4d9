import { type Figure, figuresTable } from '../figure.ts';
import { machine, writeJson } from '../report.ts';
import { withPostgres } from '../with-postgres.ts';
import { type AsOfOptions, measureAsOf } from './as-of.ts';
import { type HistoryOptions, measureHistory } from './history.ts';
import { measureProofs, type ProofsOptions } from './proofs.ts';

export const auditParts = ['as-of', 'history', 'proofs'] as const;

export interface AuditBenchOptions extends AsOfOptions, HistoryOptions, ProofsOptions {
  readonly only?: (typeof auditParts)[number];
  readonly json: string;
}

/** Measures what auditors ask for. Exits with code 1 if a target is missed. */
export const benchAudit = async (options: AuditBenchOptions): Promise<void> => {
  const { only, json, changes, payloads, events } = options;
  const measured = await withPostgres(async (url, durability) => {
    const part = async (name: (typeof auditParts)[number], measure: () => Promise<Figure[]>) =>
      only === undefined || only === name ? await measure() : null;
    return {
      durability,
      asOf: await part('as-of', () => measureAsOf(url, options)),
      history: await part('history', () => measureHistory(url, options)),
      proofs: await part('proofs', () => measureProofs(url, options)),
    };
  });
  const show = (title: string, figures: Figure[] | null) => {
    if (figures) process.stdout.write(`${title}\n${figuresTable(figures)}\n\n`);
  };
  show(`A webhook with ${changes} changes, through gateway and admin API`, measured.asOf);
  show(`A sealed history of ${payloads} payloads`, measured.history);
  show(`Proofs in a log of ${events} events`, measured.proofs);
  writeJson(json, { scenario: 'audit', machine: machine(), options, ...measured });
  const all: readonly Figure[] = [measured.asOf, measured.history, measured.proofs].flatMap(
    (figures) => figures ?? [],
  );
  if (all.some(({ met }) => met === false)) process.exitCode = 1;
};
