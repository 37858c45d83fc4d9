import type { Duty, Occasion } from '../duty.ts';
import { resumeParked, type Scope } from './resume-parked.ts';

/** Lets changes that belong together (a board, its lead, its session) all arrive before the steward reacts. */
const settleMs = 250;

/** After a configuration change: requests redelivery of what is parked on the boards in scope. */
export const afterConfigurationChanged = (occasion: Occasion, scope: Scope, maxAgeSeconds: number): Duty => ({
  delayMs: settleMs,
  run: (context) => resumeParked(context, occasion, { scope, maxAgeSeconds }, 'configuration_changed'),
});
