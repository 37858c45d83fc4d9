import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import { lastEvent } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import { findRemoval, isContentErased, resourceAt } from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { LogPoints } from './log-points.ts';

interface PayloadIds {
  readonly boardId: string;
  readonly webhookId: string;
  readonly payloadId: string;
}

/**
 * What was removed for good. The log may still have its content for a while, and that of a deleted payload for long: no answer shows it, as
 * of any date. So an answer first waits until the index has every removal that the log has.
 */
@Injectable()
export class Removals {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly points: LogPoints,
  ) {}

  /**
   * The event that removed a payload: the deletion of its webhook or of itself, or the end of its retention. Undefined: nothing has. The
   * payloads of a deleted webhook are not known any more, so an id that never existed gets that deletion as well.
   *
   * @throws ApiError 503 when the audit index is behind
   */
  async ofPayload({ boardId, webhookId, payloadId }: PayloadIds): Promise<ProjectedEvent | undefined> {
    const webhook = await resourceAt(this.commands.store, 'webhook', webhookId, {});
    if (webhook.state === 'removed') return onBoard(boardId, webhook.by);
    const removal = await this.#find(streams.removals(webhookId), payloadId);
    if (removal === undefined || removal.stream !== streams.removals(webhookId)) return undefined;
    return onBoard(boardId, removal);
  }

  /** Whether an admin erased the content of a payload, whatever the event store still has of it. @throws ApiError 503 as above */
  async isContentErased({ webhookId, payloadId }: Omit<PayloadIds, 'boardId'>): Promise<boolean> {
    const last = await lastEvent(this.commands.store, streams.removals(webhookId));
    if (!last) return false;
    await this.points.indexed(last.position);
    return isContentErased(this.reads.db, payloadId);
  }

  /** The event that pruned a memory entry of the board. @throws ApiError 503 as above */
  ofMemoryEntry(boardId: string, entryId: string): Promise<ProjectedEvent | undefined> {
    return this.#find(streams.memory(boardId), entryId);
  }

  /** What removed the content of an event. @throws ApiError 503 as above */
  async ofEvent(event: ProjectedEvent): Promise<ProjectedEvent | undefined> {
    if (isEvent(event, 'MemoryEntryAdded', 'MemoryEntryKept'))
      return this.ofMemoryEntry(event.data.boardId, event.data.entryId);
    const { boardId, webhookId, payloadId } = event.data as Partial<PayloadIds>;
    if (!boardId || !webhookId || !payloadId || event.stream === streams.removals(webhookId))
      return undefined;
    return this.ofPayload({ boardId, webhookId, payloadId });
  }

  /** @param stream has the events that remove this kind */
  async #find(stream: string, id: string): Promise<ProjectedEvent | undefined> {
    const { store } = this.commands;
    const last = await lastEvent(store, stream);
    if (!last) return undefined;
    await this.points.indexed(last.position);
    const place = await findRemoval(this.reads.db, id);
    if (!place) return undefined;
    const recorded = await store.readEvent(place.stream, place.revision);
    return recorded === 'gone' ? undefined : (parseEvent(recorded) as ProjectedEvent);
  }
}

const onBoard = (boardId: string, event: ProjectedEvent): ProjectedEvent | undefined =>
  'boardId' in event.data && event.data.boardId === boardId ? event : undefined;
