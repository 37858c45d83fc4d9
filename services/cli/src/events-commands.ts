import { Command, InvalidArgumentError, Option } from 'commander';
import { copyLog } from './copy/copy-log.ts';
import { copyStatus } from './copy/progress.ts';
import { exitCodes } from './exit-codes.ts';
import { markRestored } from './log/mark-restored.ts';
import { openLog } from './log/open-log.ts';
import { Refusal } from './refusal.ts';
import { progressOn } from './report-progress.ts';
import { type Comparison, compareLogs } from './verify/compare-logs.ts';

const addresses =
  'A log is a URL (postgres://…?schema=…, esdb://…, kurrentdb://…), or the data directory of a system that npm start runs and that is\n' +
  'stopped. A URL in a variable is not visible to other users of the machine.';
const codes =
  'Exit codes of copy, verify and mark-restored: 0 done; 1 the logs differ; 2 refused, or a wrong command line; 3 an event store is away or has failed: run the same command again.';

const from = () => new Option('--from <log>', 'the log to copy').env('EVENTSTORE_URL').makeOptionMandatory();
const to = () => new Option('--to <log>', 'the copy').env('EVENTSTORE_COPY_URL').makeOptionMandatory();
const prefix = () =>
  new Option('--prefix <prefix>', "the installation's part of a shared log")
    .env('EVENTSTORE_PREFIX')
    .default('', 'the part without a prefix');
const toPrefix = () =>
  new Option('--to-prefix <prefix>', "the installation's part of the copy; '' for none (default: --prefix)");
const json = () => new Option('--json', 'print the result as JSON');

const seconds = (text: string): number => {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of seconds.');
  return Number(text);
};

interface Ends {
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

/** The commands about event logs. @param name how they are called */
export const eventsCommands = (name = 'npm run events --'): Command => {
  // Commands that are added below inherit it.
  const events = new Command(name)
    .exitOverride()
    .description('copies, compares and marks event logs')
    .addHelpText('after', `\n${addresses}\n${codes}`);
  events
    .command('copy')
    .description(
      'copies a log into an empty one, continues a copy that was interrupted, compares both, and marks the copy; stop all services first',
    )
    .addOption(from())
    .addOption(to())
    .addOption(prefix())
    .addOption(toPrefix())
    .option(
      '--quiet-seconds <n>',
      'how long nothing may be written to both logs before the copy begins',
      seconds,
      6,
    )
    .option(
      '--ignore-connections',
      'copies although services of another installation use the same database',
      false,
    )
    .addOption(json())
    .addHelpText('after', `\n${addresses}\n${codes}`)
    .action(async (options: Ends & { quietSeconds: number; ignoreConnections: boolean }) => {
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
    });
  events
    .command('verify')
    .description('compares a log with its copy, which no service has used yet')
    .addOption(from())
    .addOption(to())
    .addOption(prefix())
    .addOption(toPrefix())
    .addOption(json())
    .addHelpText('after', `\n${addresses}\n${codes}`)
    .action(async (options: Ends) => {
      const progress = progressOn(process.stderr);
      const comparison = await withLogs(options, async ({ store: source }, { store: target }) => {
        if ((await copyStatus(target)) === null)
          throw new Refusal('not_a_copy', 'the second log is not a copy that this program has made');
        progress.begins('compare', 0n, (await source.head())?.position ?? 0n);
        return compareLogs(source, target, progress.goesOn);
      }).finally(progress.end);
      conclude(comparison, options.json === true, 'The logs are the same:');
    });
  events
    .command('mark-restored')
    .description('marks a log that was restored from a backup; run it before the services are started')
    .addOption(new Option('--url <log>', 'the restored log').env('EVENTSTORE_URL').makeOptionMandatory())
    .addOption(prefix())
    .addHelpText('after', `\n${addresses}\n${codes}`)
    .action(async (options: { url: string; prefix: string }) => {
      const log = await openLog(options.url, options.prefix);
      await markRestored(log.store, 'backup').finally(log.close);
      say('The log is marked as restored. Deliveries without an outcome are looked up before they are sent.');
    });
  return events;
};
