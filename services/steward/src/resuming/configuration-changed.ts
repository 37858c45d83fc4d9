import type { Duty, Occasion } from '../duty.ts';
import type { Scope } from './boards-in-scope.ts';
import { pausedReason } from './delivery-resumed.ts';
import { type Parking, resumeParked } from './resume-parked.ts';

/** Lets changes that belong together (a board, its lead, its session) all arrive before the steward reacts. */
const settleMs = 250;

/**
 * After a configuration change: requests redelivery of what is parked on the boards in scope, whatever the reason, unless delivery is paused
 * on purpose.
 */
const isResumed = ({ reason }: Parking): boolean => reason !== pausedReason;

export const afterConfigurationChanged = (occasion: Occasion, scope: Scope, maxAgeSeconds: number): Duty => ({
  delayMs: settleMs,
  run: (context) =>
    resumeParked(context, occasion, { scope, maxAgeSeconds, isResumed }, 'configuration_changed'),
});
