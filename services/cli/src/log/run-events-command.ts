import { copyLog } from '../copy/copy-log.ts';
import { copyStatus } from '../copy/progress.ts';
import { exitCodes } from '../exit-codes.ts';
import { Refusal } from '../refusal.ts';
import { progressOn } from '../report-progress.ts';
import { type Comparison, compareLogs } from '../verify/compare-logs.ts';
import { markRestored } from './mark-restored.ts';
import { openLog } from './open-log.ts';

/** The logs of a command, as its options name them. */
export interface Ends {
  readonly from: string;
  readonly to: string;
  readonly prefix: string;
  readonly toPrefix?: string;
  readonly json?: true;
}

const withLogs = async <T>(
  { from: source, to: target, prefix, toPrefix = prefix }: Ends,
  work: (
    source: Awaited<ReturnType<typeof openLog>>,
    target: Awaited<ReturnType<typeof openLog>>,
  ) => Promise<T>,
): Promise<T> => {
  const one = await openLog(source, prefix);
  try {
    const other = await openLog(target, toPrefix);
    try {
      return await work(one, other);
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Prints what a comparison found, and sets the exit code. */
const conclude = (result: Comparison, asJson: boolean, done: string): void => {
  if (result.difference !== null) process.exitCode = exitCodes.different;
  if (asJson) say(JSON.stringify(result));
  else if (result.difference !== null) say(`The logs differ: ${result.difference}.`);
  else sayEqual(result, done);
};

const sayEqual = (result: Comparison, done: string): void => {
  say(`${done} ${result.events.toLocaleString('en')} events; tombstones: ${result.tombstones}.`);
  if (result.expiredMeanwhile > 0)
    say(
      `${result.expiredMeanwhile} events have become too old in the source meanwhile; the copy still shows them.`,
    );
  say(`SHA-256 of both: ${result.digest}`);
};

export type CopyOptions = Ends & { readonly quietSeconds: number; readonly ignoreConnections: boolean };

export const copy = async (options: CopyOptions): Promise<void> => {
  const progress = progressOn(process.stderr);
  const report = await withLogs(options, ({ store: source }, { store: target }) =>
    copyLog({
      source,
      target,
      quietMs: options.quietSeconds * 1000,
      ignoreConnections: options.ignoreConnections,
      steps: progress,
    }),
  ).finally(progress.end);
  const { copied, continued } = report;
  const what = continued
    ? `The copy continued (${copied.toLocaleString('en')} events) and is`
    : 'The copy is';
  conclude(report, options.json === true, `${what} complete and the same:`);
};

export const verify = async (options: Ends): Promise<void> => {
  const progress = progressOn(process.stderr);
  const comparison = await withLogs(options, async ({ store: source }, { store: target }) => {
    if ((await copyStatus(target)) === null)
      throw new Refusal('not_a_copy', 'the second log is not a copy that this program has made');
    progress.begins('compare', 0n, (await source.head())?.position ?? 0n);
    return compareLogs(source, target, progress.goesOn);
  }).finally(progress.end);
  conclude(comparison, options.json === true, 'The logs are the same:');
};

export interface RestoredLog {
  readonly url: string;
  readonly prefix: string;
}

export const markAsRestored = async ({ url, prefix }: RestoredLog): Promise<void> => {
  const log = await openLog(url, prefix);
  await markRestored(log.store, 'backup').finally(log.close);
  say('The log is marked as restored. Deliveries without an outcome are looked up before they are sent.');
};
