import { aggregates, expecting, loadAggregate } from '@mission-control/aggregates';
import { asEvent, type BoardFact, type Fact, parseEvent, streams } from '@mission-control/contracts';
import { CommandRejected, decideBoardSlug } from '@mission-control/domain';
import { Injectable } from '@nestjs/common';
import { type Caller, eventContextOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';

/** A reservation, and the revision of the slug's stream at which it was read. */
export interface HeldSlug {
  readonly slug: string;
  readonly boardId: string;
  readonly revision: number;
}

/** A board that reserves a slug and does not take it within this time is assumed to have been interrupted. */
const abandonedAfterMs = 60_000;

/**
 * A slug belongs to the board whose id is in its reservation. Slug and board are two streams, so a crash may leave a reservation
 * that no board uses. A board that wants such a slug takes it over. This is safe however old the reservation is, because:
 *
 * - a board takes a slug only by an append to its own stream, either at a revision that it read before it reserved (or renewed)
 *   the slug, or as the first event of the stream;
 * - a takeover first appends to the holder's stream (if that board does not exist: that it is deleted), then to the slug's stream
 *   at the revision that it began with.
 *
 * So a holder that comes late loses its append, and finds the slug taken when it tries again.
 */
@Injectable()
export class SlugReservations {
  constructor(private readonly commands: Commands) {}

  /**
   * Reserves the slug, renews the board's own reservation of it, or takes over an abandoned one.
   *
   * @throws CommandRejected `slug_taken`
   */
  async reserve(caller: Caller, slug: string, boardId: string): Promise<HeldSlug> {
    const reserved: Fact<'BoardSlugReserved'> = { type: 'BoardSlugReserved', data: { slug, boardId } };
    const { revision } = await this.commands.decide(
      caller,
      aggregates.boardSlug,
      slug,
      async (state, loaded) => {
        if (state.status === 'free') return [reserved];
        const holder: HeldSlug = { slug, boardId: state.boardId, revision: loaded.revision };
        if (holder.boardId === boardId) return [reserved];
        if (await this.#takeFrom(caller, holder)) {
          return [{ type: 'BoardSlugReleased', data: { slug, boardId: holder.boardId } }, reserved];
        }
        return decideBoardSlug({ type: 'ReserveSlug', slug, boardId }, state);
      },
    );
    return { slug, boardId, revision };
  }

  /** The board's current reservation of a slug; null when it has none. */
  async heldBy(boardId: string, slug: string): Promise<HeldSlug | null> {
    const { state, revision } = await loadAggregate(this.commands.store, aggregates.boardSlug, slug);
    return state.status === 'reserved' && state.boardId === boardId ? { slug, boardId, revision } : null;
  }

  /** Releases a reservation, unless it was renewed after it was read: then it is in use again. */
  async release(caller: Caller, { slug, boardId, revision }: HeldSlug): Promise<void> {
    const released = { type: 'BoardSlugReleased', data: { slug, boardId } } as const;
    await this.commands.store.append(streams.boardSlug(slug), revision, [
      asEvent(released, eventContextOf(caller)),
    ]);
  }

  /** Releases a reservation after a rejected command. After any other error, a board may be using it. */
  async releaseIfRejected(caller: Caller, held: HeldSlug | null, error: unknown): Promise<void> {
    if (held && error instanceof CommandRejected) await this.release(caller, held);
  }

  /** True when the holder does not use the slug and can no longer take it. */
  async #takeFrom(caller: Caller, { slug, boardId, revision }: HeldSlug): Promise<boolean> {
    const board = await loadAggregate(this.commands.store, aggregates.board, boardId);
    if (board.state.status === 'deleted') return true;
    if (board.state.status === 'open' && board.state.slug === slug) return false;
    const reservation = await this.commands.store.readEvent(streams.boardSlug(slug), revision);
    if (reservation === 'gone') return false;
    const { occurredAt } = parseEvent(reservation).metadata;
    if (Date.now() - Date.parse(occurredAt) < abandonedAfterMs) return false;
    const fence: BoardFact =
      board.state.status === 'open'
        ? { type: 'BoardUpdated', data: { boardId } }
        : { type: 'BoardDeleted', data: { boardId } };
    const event = asEvent(fence, eventContextOf(caller));
    return (await this.commands.store.append(streams.board(boardId), expecting(board), [event])).ok;
  }
}
