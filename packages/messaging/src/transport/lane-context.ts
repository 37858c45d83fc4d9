import type { DeliveryReference, Lane } from '@mission-control/contracts';
import { BaseRpcContext } from '@nestjs/microservices';

/** The pattern of the only handler. It is called once for each ownership of a lane. */
export const lanePattern = 'lane';

/** A message that was handed to the owner of its lane. */
export interface LaneMessage {
  readonly reference: DeliveryReference;
  /** Its sequence in the stream, which also orders the lane. */
  readonly sequence: number;
  /**
   * Removes the message from the lane. Does not wait for the server. A message whose acknowledgement is lost, or comes after the ownership
   * ended, is handed to the next owner. A message that is never acknowledged is not handed out twice to the same owner.
   */
  ack(): void;
}

/** The time during which this process has a lane to itself. */
export interface LaneOwnership {
  readonly lane: Lane;
  /** Aborted when the ownership has ended or the process stops. */
  readonly signal: AbortSignal;
  /**
   * Whether no other process can own the lane at this moment. Check it immediately before each send. It turns false before another process
   * can become the owner, even if this process was suspended meanwhile, and may turn true again while the signal is not aborted (the
   * server was unreachable for a moment). When the process stops, it stays true long enough to finish what has begun (2 s or more).
   */
  owned(): boolean;
  /**
   * The messages of the lane in the order of the stream: first everything that earlier owners have not acknowledged, then new messages as
   * they come. All of them are handed out, acknowledged or not; at most 100,000 can be unacknowledged. Ends when the signal is aborted. It
   * can be iterated once.
   */
  readonly messages: AsyncIterable<LaneMessage>;
}

/** What the handler receives besides the lane. The handler resolves when it has finished its work after the signal was aborted. */
export class LaneContext extends BaseRpcContext<[LaneOwnership]> implements LaneOwnership {
  get lane(): Lane {
    return this.getArgByIndex(0).lane;
  }

  get signal(): AbortSignal {
    return this.getArgByIndex(0).signal;
  }

  get messages(): AsyncIterable<LaneMessage> {
    return this.getArgByIndex(0).messages;
  }

  owned(): boolean {
    return this.getArgByIndex(0).owned();
  }
}
