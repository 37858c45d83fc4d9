import {
  type AuditedKind,
  type AuditedRows,
  type LogPoint,
  listArrivalsAt,
  listCoalescedOf,
  listIdsAt,
  type Payload,
  payloadAt,
  type ResourceAt,
  resourceAt,
  withoutContent,
  withStatusAt,
} from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { notFound } from '../http/not-found.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { Removals } from './removals.ts';
import { payloadGone, removed } from './removed.ts';

type Row<K extends AuditedKind> = AuditedRows[K];
type ListRequest = Parameters<typeof listIdsAt>[3];

/** What was known and configured at a point of the log, folded from the streams. Present secrets are only said to be present. */
@Injectable()
export class Past {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly removals: Removals,
  ) {}

  /** @throws ApiError 404 when it did not exist yet; 410 when it did no longer, with the event that deleted it */
  board(id: string, { position }: LogPoint): Promise<Row<'board'>> {
    return this.#resource('board', id, position);
  }

  /** As above. */
  async agent(id: string, { position }: LogPoint): Promise<Row<'agent'> & { is_board_lead: boolean }> {
    const agent = await this.#resource('agent', id, position);
    const board = await resourceAt(this.commands.store, 'board', agent.board_id, { position });
    return { ...agent, is_board_lead: board.state === 'present' && board.row.lead_agent_id === id };
  }

  /** As above. What waited for it then is not known. */
  async gateway(id: string, { position }: LogPoint) {
    const row = await withStatusAt(
      this.commands.store,
      await this.#resource('gateway', id, position),
      position,
    );
    return { ...row, waiting: null, oldest_waiting_at: null };
  }

  /** As above; 404 when it is on another board. */
  async webhook(boardId: string, id: string, { position }: LogPoint): Promise<Row<'webhook'>> {
    const found = await resourceAt(this.commands.store, 'webhook', id, { position });
    if (boardOf(found) !== boardId) throw notFound('webhook');
    return presentOr('webhook', found);
  }

  /**
   * A payload with its status at that point.
   *
   * @throws ApiError 404 when it had not arrived at the webhook yet; 410 when it has been removed since, with the event that did it.
   * Content that was erased since is not shown
   */
  async payload(boardId: string, webhookId: string, id: string, { position }: LogPoint): Promise<Payload> {
    const removal = await this.removals.ofPayload({ boardId, webhookId, payloadId: id });
    if (removal) throw payloadGone(id, removal);
    const arrivals = await listArrivalsAt(this.reads.db, id, position);
    const isOfWebhook = arrivals.every((one) => one.board_id === boardId && one.webhook_id === webhookId);
    if (!isOfWebhook) throw notFound('payload');
    const coalesced = await listCoalescedOf(this.reads.db, id);
    const payload = await payloadAt(this.commands.store, id, { arrivals, coalesced }, position);
    if (!payload) throw notFound('payload');
    const isErased = await this.removals.isContentErased({ webhookId, payloadId: id });
    return isErased ? withoutContent(payload) : payload;
  }

  /** A webhook's configuration at a revision of its stream: the one that a payload arrived under. */
  async webhookAtRevision(webhookId: string, revision: number): Promise<Row<'webhook'> | null> {
    const found = await resourceAt(this.commands.store, 'webhook', webhookId, { revision });
    return found.state === 'present' ? found.row : null;
  }

  /** What existed at that point, newest first: of one board, or of all. */
  async list<K extends AuditedKind, T>(
    kind: K,
    { position }: LogPoint,
    request: ListRequest,
    show: (id: string) => Promise<T>,
  ) {
    const page = await listIdsAt(this.reads.db, kind, position, request);
    return { ...page, items: await inTurns(page.items, show) };
  }

  async #resource<K extends AuditedKind>(kind: K, id: string, position: bigint): Promise<Row<K>> {
    return presentOr(kind, await resourceAt(this.commands.store, kind, id, { position }));
  }
}

const presentOr = <K extends AuditedKind>(kind: K, found: ResourceAt<K>): Row<K> => {
  if (found.state === 'present') return found.row;
  throw found.state === 'removed' ? removed(kind, found.by) : notFound(kind);
};

const boardOf = (found: ResourceAt<'webhook'>): string | null => {
  if (found.state === 'present') return found.row.board_id;
  return found.state === 'removed' && 'boardId' in found.by.data ? found.by.data.boardId : null;
};

const atOnce = 8;

/** A page reads a stream for each item: some at a time, so that one request does not take all connections. */
const inTurns = async <T>(ids: readonly string[], show: (id: string) => Promise<T>): Promise<T[]> => {
  const shown: T[] = [];
  for (let from = 0; from < ids.length; from += atOnce)
    shown.push(...(await Promise.all(ids.slice(from, from + atOnce).map(show))));
  return shown;
};
