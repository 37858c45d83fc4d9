import { mostToldPerMinute } from '@mission-control/contracts';
import { type Told, ToldLately } from '@mission-control/domain';
import type { Checkpoint } from '@mission-control/event-store';
import type { Outstanding } from '../outstanding/outstanding.ts';

/** More messages of a webhook than this in a minute are shown to operators, if the webhook has no limit of its own. */
const usuallyMost = 20;
const minuteMs = 60_000;
/** Messages are remembered for a minute, and for another one because the clocks of gateways differ. */
const rememberedMs = 2 * minuteMs;

interface Message extends Told {
  /** Reading the log from here returns its cause again; null: from the start. */
  readonly before: Checkpoint | null;
}

interface Webhook {
  readonly boardId: string;
  readonly messages: ToldLately<Message>;
  /** Of the newest message; null: there is none. */
  limit: number | null;
  /** When a message was left out last, milliseconds since 1970; before all times: never. */
  leftOutAt: number;
  /** Since when it has been telling its agent too often; null: it does not. */
  since: number | null;
}

interface Log {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
}

/**
 * How often each webhook told its agent lately, by the times at which messages became due. A webhook has one agent at a time, so this counts for
 * both. It is in memory only: where a limit counts, the low-water mark waits for the last minute, so the next session reads it again.
 */
export class ToldOften {
  readonly #log: Log;
  readonly #webhooks = new Map<string, Webhook>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** The number of webhooks that tell their agent too often. */
  get size(): number {
    return this.#webhooks
      .values()
      .filter(({ since }) => since !== null)
      .toArray().length;
  }

  /** Counts a message that is due. @returns false: the limit of the webhook does not allow it */
  add(delivery: Outstanding, limit: number | null): boolean {
    const webhook = this.#webhookOf(delivery, limit);
    return webhook.messages.add(messageOf(delivery), limit, limit ?? usuallyMost + 1);
  }

  /** Counts a message that was sent before. */
  remember(delivery: Outstanding, limit: number | null): void {
    this.#webhookOf(delivery, limit).messages.add(messageOf(delivery), null, mostToldPerMinute);
  }

  /** A message was left out. @param at milliseconds since 1970 */
  leftOut({ webhookId, boardId }: Outstanding['reference'], at: number): void {
    const webhook = this.#webhooks.get(webhookId) ?? this.#begin(webhookId, boardId);
    webhook.leftOutAt = Math.max(webhook.leftOutAt, at);
  }

  /** Where to start reading at the latest, so that the next session counts the same. */
  heldBack(reached: Checkpoint | null): Checkpoint | null {
    let earliest = reached;
    for (const { limit, messages } of this.#webhooks.values())
      if (limit !== null) for (const { before } of messages.all()) earliest = earlierOf(earliest, before);
    return earliest;
  }

  /**
   * Says which webhooks begin or cease to tell their agents too often, and forgets what no longer counts.
   *
   * @param upTo every message that became due before has been counted, milliseconds since 1970
   */
  look(upTo: number): void {
    for (const [webhookId, webhook] of this.#webhooks) {
      const { messages, limit, boardId, since } = webhook;
      const count = messages.inMinuteUpTo(upTo);
      const isOften = webhook.leftOutAt > upTo - minuteMs || (limit === null && count > usuallyMost);
      const ids = { webhook_id: webhookId, board_id: boardId };
      if (isOften && since === null) {
        webhook.since = upTo;
        this.#log.warn({ ...ids, in_last_minute: count, limit }, 'a webhook tells its agent too often');
      } else if (!isOften && since !== null) {
        webhook.since = null;
        const seconds = Math.round((upTo - since) / 1000);
        this.#log.info({ ...ids, seconds }, 'a webhook no longer tells its agent too often');
      }
      messages.forgetBefore(upTo - rememberedMs);
      if (messages.newestAt === undefined && !isOften) this.#webhooks.delete(webhookId);
    }
  }

  #webhookOf({ reference: { webhookId, boardId } }: Outstanding, limit: number | null): Webhook {
    const webhook = this.#webhooks.get(webhookId) ?? this.#begin(webhookId, boardId);
    webhook.limit = limit;
    return webhook;
  }

  #begin(webhookId: string, boardId: string): Webhook {
    const messages = new ToldLately<Message>();
    const webhook: Webhook = {
      boardId,
      messages,
      limit: null,
      leftOutAt: Number.NEGATIVE_INFINITY,
      since: null,
    };
    this.#webhooks.set(webhookId, webhook);
    return webhook;
  }
}

const messageOf = ({ reference: { payloadId, requestedAt }, before }: Outstanding): Message => ({
  at: requestedAt === undefined ? Date.now() : Date.parse(requestedAt),
  payloadId,
  before,
});

const earlierOf = (one: Checkpoint | null, other: Checkpoint | null): Checkpoint | null =>
  one === null || other === null ? null : one.position <= other.position ? one : other;
