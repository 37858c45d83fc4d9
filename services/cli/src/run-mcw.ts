import { CommanderError } from 'commander';
import { CommandFailed } from './command-failed.ts';
import type { Context } from './context.ts';
import { mcwExitCodes } from './exit-codes.ts';
import { say } from './output/write.ts';
import { mcwProgram } from './program.ts';

/**
 * Runs a command of `mcw`. Resolves to the exit code.
 *
 * @param args the command line, without the program
 * @param stopped the exit code if the process was told to stop; null if it was not
 * @throws errors that are bugs
 */
export const runMcw = async (
  context: Context,
  args: readonly string[],
  stopped: () => number | null = () => null,
): Promise<number> => {
  try {
    await mcwProgram(context).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return stopped() ?? exitCodeOf(context, error);
  }
};

const exitCodeOf = async (context: Context, error: unknown): Promise<number> => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : mcwExitCodes.usage;
  if (error instanceof CommandFailed) {
    say(context, `${error.code}: ${error.message}`);
    return mcwExitCodes[error.exit];
  }
  // It loads clients of event stores, which most commands do without.
  return (await import('./exit-of-events.ts')).exitOfEvents(error);
};
