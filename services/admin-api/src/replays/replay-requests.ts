import { aggregates } from '@mission-control/aggregates';
import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import {
  CommandRejected,
  evolveReplay,
  noReplay,
  type OpenBoard,
  openBoard,
  requestedReplay,
} from '@mission-control/domain';
import {
  countOpenReplays,
  type PayloadSet,
  readPayloadSet,
  type SetAsOf,
  summarisePayloadSet,
} from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { requireAgentToTell } from '../agents/agent-to-tell.ts';
import { type Caller, eventContextOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { webhookOfBoard } from '../webhooks/webhook-of-board.ts';
import { ListWriter } from './list-writer.ts';
import { type dryRun, replayAnswer } from './replay-answer.ts';
import type { ReplayBody } from './replay-input.ts';

/** Replays of a board that have not ended. */
const mostOpen = 20;
const mostItems = 1_000_000;

/** Where a replay is requested: for one webhook of a board, or for all. */
export interface Scope {
  readonly boardId: string;
  readonly webhookId: string | null;
}

@Injectable()
export class ReplayRequests {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  /** How many payloads a replay would have. Changes nothing. */
  async tryOut(scope: Scope, body: ReplayBody): Promise<z.infer<typeof dryRun>> {
    const set = await this.#setOf(scope, body);
    const { payloads, delivering, first, last } = await summarisePayloadSet(this.reads.db, set);
    const place = (one: typeof first) => one && { payload_id: one.id, received_at: one.received_at };
    return {
      dry_run: true,
      count: payloads,
      still_delivering: delivering,
      not_found: (body.payload_ids?.length ?? payloads) - payloads,
      first: place(first) ?? null,
      last: place(last) ?? null,
      estimated_seconds: Math.max(0, payloads - delivering - 1) / body.rate,
    };
  }

  /** Reads the set, and stores it before the event that makes it a replay. */
  async create(caller: Caller, scope: Scope, body: ReplayBody) {
    const { boardId, webhookId } = scope;
    const set = await this.#setOf(scope, body);
    if ((await countOpenReplays(this.reads.db, boardId)) >= mostOpen) {
      const detail = `The board has ${mostOpen} replays that have not ended. Cancel one, or wait.`;
      throw new CommandRejected('conflict', 'too_many_replays', detail);
    }
    const replayId = newRandomId();
    const list = new ListWriter(this.commands.store, { replayId, boardId }, eventContextOf(caller));
    const asOf = await this.#write(list, set);
    const event = asEvent(
      {
        type: 'ReplayRequested',
        data: {
          ...{ replayId, boardId, webhookId, agentId: body.agent_id, reason: body.reason, rate: body.rate },
          filter: filterOf(body),
          asOf: { incarnation: asOf.incarnation, position: `${asOf.position}` },
          total: list.written,
          itemsPerEvent: ListWriter.itemsPerEvent,
        },
      },
      eventContextOf(caller),
    );
    await this.commands.begin(caller, 'replays', streams.replay(replayId), event);
    return replayAnswer(requestedReplay(evolveReplay(noReplay, event)));
  }

  async #write(list: ListWriter, { payloadIds, ...set }: PayloadSet): Promise<SetAsOf> {
    let readAsOf: SetAsOf = { incarnation: '', position: 0n };
    const unfound = new Set(payloadIds);
    const read = { ...set, payloadIds };
    await readPayloadSet(this.reads.db, read, ListWriter.itemsPerEvent, async (members, asOf) => {
      readAsOf = asOf;
      if (list.written + members.length > mostItems) {
        await list.discard();
        const detail = `More than ${mostItems} payloads match. Narrow it down, by time for example.`;
        throw new ApiError(422, 'replay_too_large', detail);
      }
      for (const { id } of members) unfound.delete(id);
      await list.add(members);
    });
    if (list.written + list.waiting === 0)
      throw new ApiError(422, 'replay_empty', 'No payload matches, so there is nothing to replay.');
    await list.finish([...unfound]);
    return readAsOf;
  }

  async #setOf({ boardId, webhookId }: Scope, body: ReplayBody): Promise<PayloadSet> {
    const board = await this.#boardOf(boardId);
    if (webhookId !== null) webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    if (body.agent_id !== null) await requireAgentToTell(this.commands, board, body.agent_id);
    // What has just arrived is in the set.
    const webhooks = webhookId === null ? [...board.webhooks] : [webhookId];
    await Promise.all(webhooks.map((one) => this.reads.payloadsCaughtUp(one)));
    const { since, until, status, q, status_reason, event_type, payload_ids } = body;
    return {
      ...{ boardId, since, until, status, q },
      ...{ statusReason: status_reason, eventType: event_type, payloadIds: payload_ids },
      ...(webhookId !== null && { webhookId }),
    };
  }

  async #boardOf(boardId: string): Promise<OpenBoard> {
    return openBoard(await this.commands.load(aggregates.board, boardId));
  }
}

const filterOf = ({ since, until, status, status_reason, event_type, q, payload_ids }: ReplayBody) => ({
  since: since ?? null,
  until: until ?? null,
  status: status ?? null,
  statusReason: status_reason ?? null,
  eventType: event_type ?? null,
  q: q ?? null,
  listed: payload_ids?.length ?? null,
});
