import { type AggregateCache, aggregates } from '@mission-control/aggregates';
import { type Lane, laneName, laneOf, newRandomId } from '@mission-control/contracts';
import type { DeliveryPublisher } from '@mission-control/messaging';
import type { Outstanding, OutstandingDeliveries } from '../outstanding/outstanding.ts';
import type { RelayMetrics } from './metrics.ts';

export interface LanesParts {
  readonly cache: AggregateCache;
  readonly publisher: DeliveryPublisher;
  readonly outstanding: OutstandingDeliveries;
  readonly metrics: Pick<RelayMetrics, 'publishing'>;
}

/** Publishes deliveries on the lanes of their boards, so that those of a board stay in order when it moves to another lane. */
export class Lanes {
  readonly #parts: LanesParts;
  /** By board: the lane of its last message. */
  readonly #last = new Map<string, string>();

  constructor(parts: LanesParts) {
    this.#parts = parts;
  }

  /** Publishes the board's deliveries on its new lane, in order. A notifier that finds the old messages sees that the board has moved. */
  async move(boardId: string): Promise<void> {
    const { cache, outstanding } = this.#parts;
    // The cache may be behind this event. Later events of the board must not go to its old lane.
    await cache.refresh(aggregates.board, boardId);
    const lane = laneName(await this.#laneOf(boardId));
    this.#last.set(boardId, lane);
    for (const delivery of outstanding.publishedOfBoard(boardId)) {
      if (delivery.published && laneName(delivery.published.lane) !== lane) {
        await this.publish(delivery, newRandomId());
      }
    }
  }

  /**
   * Waits until the publisher has room, then hands the message over. Does not wait until JetStream has stored it.
   *
   * @param messageId the stream drops repeats of the same id; by default, of the same delivery on the same lane
   */
  async publish(delivery: Outstanding, messageId?: string): Promise<void> {
    const { publisher, metrics } = this.#parts;
    const { reference } = delivery;
    if (!publisher.hasRoom) await publisher.room();
    const { boardId } = reference;
    const lane = await this.#laneOf(boardId);
    // The cache may be ahead of the log as read here. Earlier deliveries of the board come first on its new lane as well.
    if ((this.#last.get(boardId) ?? laneName(lane)) !== laneName(lane)) await this.move(boardId);
    this.#last.set(boardId, laneName(lane));
    const id = messageId ?? `${reference.cause.eventId}-${laneName(lane)}`;
    const published = { lane, seenAt: performance.now(), sequence: null as number | null };
    delivery.published = published;
    const publishing = metrics.publishing();
    publisher.publish({ id, lane, reference }).then(
      (sequence) => {
        published.sequence = sequence;
        delivery.stored = true;
        publishing.stored();
      },
      // `failed()` reports it.
      publishing.failed,
    );
  }

  async #laneOf(boardId: string): Promise<Lane> {
    const { state: board } = await this.#parts.cache.knownOrRead(aggregates.board, boardId);
    return laneOf(board.status === 'open' ? board.gatewayId : null);
  }
}
