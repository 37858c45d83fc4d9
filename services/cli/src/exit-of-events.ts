import { EventStoreAccessDenied, EventStoreError, EventStoreUnsupported } from '@mission-control/event-store';
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { Refusal } from './refusal.ts';

/** Errors that the same command gives again. */
const refusals = [Refusal, EventStoreAccessDenied, EventStoreUnsupported];

/** How a command about event logs that failed ends. Anything else is a bug, and is shown with its stack. */
export const exitOfEvents = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.refused;
  if (error instanceof Refusal || error instanceof EventStoreError) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    return refusals.some((kind) => error instanceof kind) ? exitCodes.refused : exitCodes.storeFailed;
  }
  throw error;
};
