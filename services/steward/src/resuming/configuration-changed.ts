import type { Duty, Occasion } from '../duty.ts';
import { resumeParked, type Scope } from './resume-parked.ts';

/** Changes that come together (a board, its lead, its session) are answered once they are all there. */
const settleMs = 250;

/** After a change of configuration: what was parked on the boards concerned is asked for again. */
export const afterConfigurationChanged = (occasion: Occasion, scope: Scope, maxAgeSeconds: number): Duty => ({
  delayMs: settleMs,
  carryOut: (context) => resumeParked(context, occasion, { scope, maxAgeSeconds }, 'configuration_changed'),
});
