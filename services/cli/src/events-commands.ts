import { Command, InvalidArgumentError, Option } from 'commander';
import type { CopyOptions, Ends, RestoredLog } from './log/run-events-command.ts';

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

/** Loaded when one of them runs: clients of event stores take a fifth of the time in which any other command starts. */
const run = () => import('./log/run-events-command.ts');

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
    .action(async (options: CopyOptions) => (await run()).copy(options));
  events
    .command('verify')
    .description('compares a log with its copy, which no service has used yet')
    .addOption(from())
    .addOption(to())
    .addOption(prefix())
    .addOption(toPrefix())
    .addOption(json())
    .addHelpText('after', `\n${addresses}\n${codes}`)
    .action(async (options: Ends) => (await run()).verify(options));
  events
    .command('mark-restored')
    .description('marks a log that was restored from a backup; run it before the services are started')
    .addOption(new Option('--url <log>', 'the restored log').env('EVENTSTORE_URL').makeOptionMandatory())
    .addOption(prefix())
    .addHelpText('after', `\n${addresses}\n${codes}`)
    .action(async (options: RestoredLog) => (await run()).markAsRestored(options));
  return events;
};
