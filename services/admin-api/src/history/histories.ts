import type { ProjectedEvent } from '@mission-control/projections';
import {
  type AuditedKind,
  type AuditedRows,
  changesOf,
  cursorOf,
  deliveryOfEvent,
  listArrivalsAt,
  listCoalescedOf,
  payloadChanges,
} from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { LogPoints } from '../audit/log-points.ts';
import { Removals } from '../audit/removals.ts';
import { payloadGone } from '../audit/removed.ts';
import { notFound } from '../http/not-found.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import {
  type ChangeEntry,
  changeEntry,
  type Fields,
  type HistoryQuery,
  secretState,
} from './change-entry.ts';

interface Change {
  readonly event: ProjectedEvent;
  readonly before: Fields | null;
  readonly after: Fields | null;
}

/** What to show of a row. */
type Show<K extends AuditedKind> = (row: AuditedRows[K], event: ProjectedEvent) => Fields;

const cursors = cursorOf('history', ['position']);

/** Every change of a resource or payload, newest first. */
@Injectable()
export class Histories {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly removals: Removals,
  ) {}

  /**
   * The changes in a resource's own stream. They stay when it is deleted.
   *
   * @param isWanted whether the resource may be shown; default: always
   * @throws ApiError 404 when it never existed
   */
  async ofResource<K extends AuditedKind>(
    kind: K,
    id: string,
    query: HistoryQuery,
    show: Show<K>,
    isWanted: (row: AuditedRows[K]) => boolean = () => true,
  ) {
    const page = await this.#page(query);
    let existed = false;
    for await (const { event, before, after } of changesOf(this.commands.store, kind, id)) {
      const row = after ?? before;
      if (row) existed = isWanted(row);
      if (existed)
        page.add({
          event,
          before: before && shown(before, event, show),
          after: after && shown(after, event, show),
        });
    }
    if (!existed) throw notFound(kind);
    return page.answer();
  }

  /** The arrivals of a payload and what became of its deliveries. @throws ApiError 404, or 410 when it was removed */
  async ofPayload(boardId: string, webhookId: string, id: string, query: HistoryQuery) {
    const removal = await this.removals.ofPayload({ boardId, webhookId, payloadId: id });
    if (removal) throw payloadGone(id, removal);
    const head = await this.points.head();
    await this.points.indexed(head.position);
    const arrivals = await listArrivalsAt(this.reads.db, id, head.position);
    if (arrivals.some((one) => one.board_id !== boardId || one.webhook_id !== webhookId))
      throw notFound('payload');
    const coalesced = await listCoalescedOf(this.reads.db, id);
    const changes = await payloadChanges(this.commands.store, id, { arrivals, coalesced });
    if (!changes.some(({ after }) => after)) throw notFound('payload');
    const page = await this.#page(query);
    for (const { event, before, after } of changes)
      page.add({ event, before: before && { ...before }, after: after && { ...after } });
    return page.answer();
  }

  async #page({ limit, cursor }: HistoryQuery) {
    const { incarnation } = await this.points.head();
    const before = cursor === undefined ? null : BigInt(cursors.decode(cursor)[0] ?? '');
    return new NewestChanges(incarnation, limit, before);
  }
}

/** The newest changes of those that are added, oldest first, before a position. Keeps no more than one page. */
class NewestChanges {
  readonly #kept: Change[] = [];

  constructor(
    private readonly incarnation: string,
    private readonly limit: number,
    private readonly before: bigint | null,
  ) {}

  add(change: Change): void {
    if (this.before !== null && change.event.position >= this.before) return;
    this.#kept.push(change);
    if (this.#kept.length > this.limit + 1) this.#kept.shift();
  }

  answer() {
    const hasMore = this.#kept.length > this.limit;
    const changes = this.#kept.toReversed().slice(0, this.limit);
    const last = changes.at(-1);
    return {
      items: changes.map((change) => this.#entry(change)),
      total: null,
      limit: this.limit,
      offset: 0,
      next_cursor: last && hasMore ? cursors.encode([last.event.position]) : null,
    };
  }

  #entry({ event, before, after }: Change): ChangeEntry {
    const { agentId, webhookId } = event.data as { agentId?: string | null; webhookId?: string };
    const deliveryId = deliveryOfEvent(event);
    return {
      ...changeEntry(this.incarnation, event, before, after),
      ...(agentId && { agent_id: agentId }),
      ...(webhookId && { webhook_id: webhookId }),
      ...(deliveryId && { delivery_id: deliveryId }),
    };
  }
}

const shown = <K extends AuditedKind>(row: AuditedRows[K], event: ProjectedEvent, show: Show<K>): Fields => ({
  ...show(row, event),
  ...secretsOf(row, event),
});

/** An event that sets or removes a secret says whether there was one before and after it, and nothing else about it. */
const secretsOf = (row: AuditedRows[AuditedKind], event: ProjectedEvent): Fields => {
  if ('has_secret' in row && 'secret' in event.data) return { secret: secretState(row.has_secret) };
  if ('has_token' in row && 'token' in event.data) return { token: secretState(row.has_token) };
  if ('token_hash' in row && 'tokenHash' in event.data) return { token: secretState(true) };
  return {};
};
