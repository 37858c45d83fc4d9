import type { LogPosition } from '../log/log-position.ts';
import type { LogRecord } from '../log/record.ts';

export type SubscriptionMessage =
  | { readonly kind: 'confirmation' }
  | { readonly kind: 'event'; readonly record: LogRecord }
  | { readonly kind: 'checkpoint'; readonly position: LogPosition }
  | { readonly kind: 'caught_up' };

export const confirmation: SubscriptionMessage = { kind: 'confirmation' };
export const caughtUp: SubscriptionMessage = { kind: 'caught_up' };
