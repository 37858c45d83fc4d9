import { CommanderError } from 'commander';
import { CommandFailed } from './command-failed.ts';
import type { Context } from './context.ts';
import { mcwExitCodes } from './exit-codes.ts';
import { say } from './output/write.ts';
import { mcwProgram } from './program.ts';

const stopping = new AbortController();
/** How the program was told to stop. */
let stopped: number | null = null;
const stop = (exitCode: number) => {
  stopped ??= exitCode;
  stopping.abort();
};
// The commands about event logs may be ended at any point, as Node does it by itself.
const [, , group, command = ''] = process.argv;
if (group !== 'events' || ['list', 'tail', 'show'].includes(command)) {
  process.once('SIGINT', () => stop(mcwExitCodes.interrupted));
  process.once('SIGTERM', () => stop(mcwExitCodes.terminated));
}
// The reader has enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop(0);
});

const { env, stdin, stdout, stderr } = process;
const context: Context = { env, stdin, stdout, stderr, signal: stopping.signal };

/** How a command that failed ends. Anything else is a bug, and is shown with its stack. */
const exitCodeOf = async (error: unknown): Promise<number> => {
  if (stopped !== null) return stopped;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : mcwExitCodes.usage;
  if (error instanceof CommandFailed) {
    say(context, `${error.code}: ${error.message}`);
    return mcwExitCodes[error.exit];
  }
  return (await import('./exit-of-events.ts')).exitOfEvents(error);
};

try {
  await mcwProgram(context).parseAsync();
} catch (error) {
  process.exitCode = await exitCodeOf(error);
}
