import { z } from 'zod';

/** What was asked for; null: no restriction. */
const filter = z.object({
  since: z.iso.datetime().nullable(),
  until: z.iso.datetime().nullable(),
  status: z.string().nullable(),
  statusReason: z.string().nullable(),
  /** An event type, or `pull_request.*`; absent: it could not be asked for. */
  eventType: z.string().nullable().optional(),
  q: z.string().nullable(),
  /** How many payload ids were listed; null: none were. */
  listed: z.int().positive().nullable(),
});

const replay = { replayId: z.uuid(), boardId: z.uuid() };

/**
 * Every number counts from the beginning of the replay. An item is named by its number in the list, from 0.
 */
const progress = {
  /** The items below this number have been dealt with: they were requested or skipped. */
  handled: z.int().nonnegative(),
  /** Requested items whose deliveries have no outcome yet. */
  underWay: z.array(z.int().nonnegative()),
  done: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  /** The items that failed or were skipped since the last event. */
  unsuccessful: z.array(
    z.object({
      item: z.int().nonnegative(),
      payloadId: z.uuid(),
      /** null: no payload with this id was found. */
      webhookId: z.uuid().nullable(),
      outcome: z.enum(['failed', 'skipped']),
      reason: z.string(),
    }),
  ),
};

/** A replay: the payloads of a fixed set are told to agents again. */
export const replayEvents = {
  /** Appended when the whole list of items is in the stream of the items: without it, there is no replay. */
  ReplayRequested: z.object({
    ...replay,
    /** The webhook that it was requested for; null: all webhooks of the board. */
    webhookId: z.uuid().nullable(),
    /** null: the agent that the webhook's configuration names. */
    agentId: z.uuid().nullable(),
    reason: z.string(),
    /** Items per second at most. */
    rate: z.number().positive(),
    filter,
    /** Where the set was read: it consists of payloads that had arrived up to this position of the log with this incarnation. */
    asOf: z.object({ incarnation: z.string(), position: z.string().regex(/^\d+$/) }),
    total: z.int().positive(),
    /** How many items each event of the list has; the last one may have fewer. */
    itemsPerEvent: z.int().positive(),
  }),
  ReplayPaused: z.object(replay),
  ReplayResumed: z.object(replay),
  ReplayProgressed: z.object({ ...replay, ...progress }),
  /** Nothing more is requested. What is under way is not called back, so further progress may follow. */
  ReplayCancelled: z.object(replay),
  /** Every item has its outcome. */
  ReplayCompleted: z.object(replay),
};

/** The list of a replay, in a stream of its own: nothing but the replay itself reads it. */
export const replayItemsEvents = {
  ReplayItemsListed: z.object({
    ...replay,
    webhookIds: z.array(z.uuid()),
    /**
     * In the order of arrival: the payload's id, the index of its webhook in `webhookIds`, and the revision of its first arrival. null and
     * null: no payload with this id was found.
     */
    items: z.array(z.tuple([z.uuid(), z.int().nonnegative().nullable(), z.int().nonnegative().nullable()])),
  }),
};
