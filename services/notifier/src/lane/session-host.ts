import type { RunEnd } from '@mission-control/openclaw';
import type { Delivery, DeliveryParts } from '../delivery/delivery.ts';
import type { Waiting } from './arrival-queue.ts';
import type { Route } from './route.ts';
import type { SessionQueue } from './session-queue.ts';

/** What a session needs of its lane. */
export interface SessionHost {
  readonly delivery: DeliveryParts;
  /** Puts a delivery into the queue of another session. */
  move(item: Waiting, to: Route): void;
  /** Moves out the deliveries whose target has changed. Call it only between two turns of the session. */
  reroute(session: SessionQueue): void;
  /** Whether another message of the lane is already handling the same delivery. If not, this message claims it. */
  isRepeat(item: Waiting): boolean;
  /** The session has the message. */
  told(item: Waiting, delivery: Delivery, askNow: boolean): void;
  /** How the run ended, if that has been reported already. */
  endOf(runId: string): RunEnd | undefined;
  /** The delivery needs no more work. */
  over(item: Waiting): void;
  /** The session is idle: nothing is waiting in it. */
  idle(session: SessionQueue): void;
}
