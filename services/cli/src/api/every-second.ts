import { setTimeout as delay } from 'node:timers/promises';
import { CommandFailed } from '../command-failed.ts';
import type { Session } from '../session.ts';

/** How many seconds in a row the system may be away, as it is while it is restarted. */
const patience = 60;

/**
 * Asks for a state every second until the reader has seen enough, and goes on asking while the system is away for a moment.
 *
 * @param isPassing says which other failures pass
 */
export const everySecond = async function* <T>(
  { context: { signal } }: Session,
  ask: () => Promise<T>,
  isPassing: (failure: CommandFailed) => boolean = () => false,
): AsyncGenerator<T, never> {
  for (let failures = 0; ; ) {
    try {
      const state = await ask();
      failures = 0;
      yield state;
    } catch (error) {
      const passes = error instanceof CommandFailed && (error.exit === 'away' || isPassing(error));
      failures += 1;
      if (!passes || failures > patience) throw error;
    }
    await delay(1000, undefined, { signal });
  }
};
