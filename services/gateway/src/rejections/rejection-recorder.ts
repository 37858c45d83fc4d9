import { setTimeout as delay } from 'node:timers/promises';
import { asEvent, rejectionBounds, storedRejectionCode, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { Metrics } from '@mission-control/runtime';
import type { SignatureFault } from '@mission-control/signatures';

/** A rejected request to a known webhook. Never contains the body, the query or secrets. */
export interface Rejection {
  readonly webhookId: string;
  readonly boardId: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly refusedAt: number;
  readonly status: number;
  readonly code: string;
  readonly sourceIp: string;
  /** From the Content-Length header; null: missing or invalid. */
  readonly declaredBytes: number | null;
  /** null: rejected before its body was read. */
  readonly receivedBytes: number | null;
  /** Why the proof is not valid, if the request was rejected for that. */
  readonly cause?: SignatureFault;
  /** The names of the request's headers, if none of them carried the proof. */
  readonly headerNames?: readonly string[];
}

/** One webhook's current minute. After the first few rejections, the rest are counted, and the latest is kept until the minute ends. */
interface Minute {
  readonly endsAt: number;
  recorded: number;
  omitted: number;
  last: Rejection | null;
}

const minuteMs = 60_000;
const sweepMs = 1_000;
/** How long a stop waits for an event store that does not answer. */
const closePatienceMs = 2_000;

/** Per process: rejections recorded immediately per webhook and minute, webhooks tracked per minute, and appends in progress. */
export const bounds = { perWebhook: 10, webhooks: 10_000, appendsInProgress: 100 };

/**
 * Records rejections as events, so that an admin sees why a sender's requests fail, however many there are. Per webhook and minute, the
 * first ten are recorded immediately, and one at the end of the minute states how many were left out. Recording is best effort: if the
 * store does not accept a record, it is counted as lost and dropped.
 */
export class RejectionRecorder {
  readonly #store: EventStore;
  readonly #minutes = new Map<string, Minute>();
  readonly #inProgress = new Set<Promise<void>>();
  readonly #count: (outcome: 'recorded' | 'omitted' | 'lost', count?: number) => void;
  readonly #sweeping: NodeJS.Timeout;

  constructor(store: EventStore, meter: Metrics['meter']) {
    this.#store = store;
    const counter = meter.createCounter('mission_control.ingest.rejection_records', {
      description: 'Rejected requests to known webhooks: recorded as an event, omitted, or lost.',
      unit: '{rejection}',
    });
    this.#count = (outcome, count = 1) => counter.add(count, { outcome });
    this.#sweeping = setInterval(() => this.#sweep(Date.now()), sweepMs);
    this.#sweeping.unref();
  }

  note(rejection: Rejection): void {
    const minute = this.#minuteOf(rejection.webhookId, Date.now());
    if (!minute) {
      this.#count('lost');
      return;
    }
    if (minute.recorded < bounds.perWebhook && this.#inProgress.size < bounds.appendsInProgress) {
      minute.recorded += 1;
      this.#record(rejection, this.#takeOmitted(minute));
      return;
    }
    if (minute.last) minute.omitted += 1;
    minute.last = rejection;
  }

  /** Records what is still held back, then waits until no append is in progress, but at most 2 s. */
  async close(): Promise<void> {
    clearInterval(this.#sweeping);
    this.#sweep(Number.POSITIVE_INFINITY);
    await Promise.race([Promise.all(this.#inProgress), delay(closePatienceMs, undefined, { ref: false })]);
  }

  #minuteOf(webhookId: string, now: number): Minute | null {
    const current = this.#minutes.get(webhookId);
    if (current && now < current.endsAt) return current;
    if (current) this.#end(webhookId, current);
    if (this.#minutes.size >= bounds.webhooks) return null;
    const minute = { endsAt: now + minuteMs, recorded: 0, omitted: 0, last: null };
    this.#minutes.set(webhookId, minute);
    return minute;
  }

  #sweep(now: number): void {
    for (const [webhookId, minute] of this.#minutes) {
      if (now >= minute.endsAt) this.#end(webhookId, minute);
    }
  }

  #end(webhookId: string, minute: Minute): void {
    this.#minutes.delete(webhookId);
    if (minute.last) this.#record(minute.last, minute.omitted);
  }

  /** Returns and resets the number of rejections held back so far. The next record states it, so they are not recorded themselves. */
  #takeOmitted(minute: Minute): number {
    const omitted = minute.omitted + (minute.last ? 1 : 0);
    minute.omitted = 0;
    minute.last = null;
    return omitted;
  }

  #record(rejection: Rejection, omitted: number): void {
    if (omitted > 0) this.#count('omitted', omitted);
    const recording = this.#append(rejection, omitted)
      .then(
        () => this.#count('recorded'),
        () => this.#count('lost'),
      )
      .finally(() => this.#inProgress.delete(recording));
    this.#inProgress.add(recording);
  }

  async #append({ requestId, refusedAt, code, ...rejection }: Rejection, omitted: number): Promise<void> {
    const occurredAt = new Date(refusedAt).toISOString();
    const event = asEvent(
      {
        type: 'WebhookRequestRefused',
        data: { ...rejection, code: storedRejectionCode(code), refusedAt: occurredAt, omitted },
      },
      {
        occurredAt,
        actor: { kind: 'sender', id: rejection.sourceIp },
        correlationId: requestId,
        causationId: null,
      },
    );
    const stream = streams.rejections(rejection.webhookId);
    const result = await this.#store.append(stream, 'any', [event]);
    if (!result.ok) throw new Error(result.reason);
    // Set with the first event and repeated every 100 events, in case a process was killed in between.
    if (result.revision % 100 === 0) await this.#store.setStreamMetadata(stream, rejectionBounds);
  }
}
