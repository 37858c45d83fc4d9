import type { Duty, Occasion } from '../duty.ts';
import type { Scope } from './boards-in-scope.ts';
import { resumeParked } from './resume-parked.ts';

/** Lets changes that belong together (a board, its lead, its session) all arrive before the steward reacts. */
const settleMs = 250;

/** After a configuration change: requests redelivery of what is parked on the boards in scope, whatever the reason. */
export const afterConfigurationChanged = (occasion: Occasion, scope: Scope, maxAgeSeconds: number): Duty => ({
  delayMs: settleMs,
  run: (context) =>
    resumeParked(context, occasion, { scope, maxAgeSeconds, isResumed: () => true }, 'configuration_changed'),
});
