import { configurationLeaseMs } from '@mission-control/contracts';
import type { Caller } from '../http/caller.ts';

/** Timers may fire a little early. */
const marginMs = 20;

/** Delays the response until every gateway uses the new configuration. */
export const answerAfterLease = (
  caller: Caller,
  { events }: { readonly events: readonly unknown[] },
): void => {
  if (events.length > 0) caller.leaseEndsAt = performance.now() + configurationLeaseMs + marginMs;
};
