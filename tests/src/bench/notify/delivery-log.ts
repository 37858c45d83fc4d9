import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';

interface Entry {
  readonly group: Group;
  /** When it was recorded, milliseconds since 1970, like the following ones. */
  sentAt?: number;
  toldAt?: number;
  settledAt?: number;
}

type Moment = 'sentAt' | 'toldAt' | 'settledAt';

interface Group {
  readonly left: Record<Moment, number>;
  readonly done: Record<Moment, PromiseWithResolvers<void>>;
}

/** What is recorded about some deliveries. */
export interface Watched {
  /** All have been acknowledged, and in the next step: all sessions have them; all runs have ended. */
  readonly sent: Promise<void>;
  readonly told: Promise<void>;
  readonly settled: Promise<void>;
  readonly moments: (moment: Moment) => number[];
  readonly momentOf: (deliveryId: string, moment: Moment) => number | undefined;
}

/** `AgentTold` was written by releases that did not distinguish these. */
const momentsOf: Readonly<Record<string, readonly Moment[]>> = {
  MessageSent: ['sentAt'],
  MessageConfirmed: ['sentAt', 'toldAt'],
  AgentRunEnded: ['settledAt'],
  AgentTold: ['sentAt', 'toldAt', 'settledAt'],
};

/** What must not happen while nothing fails. */
const mishaps = [
  'DeliveryParked',
  'DeliveryFailed',
  'DeliveryAttemptFailed',
  'DeliveryOutcomeUnknown',
  'MessageLost',
] as const;

const patienceMs = 120_000;
const readEveryMs = 250;

/** Follows what is recorded about deliveries from its start on. */
export class DeliveryLog {
  /** Events about deliveries that went wrong, by type. */
  readonly mishaps = new Map<string, number>();
  readonly #entries = new Map<string, Entry>();
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  #newsAt = performance.now();

  constructor(store: EventStore) {
    this.#following = this.#follow(store);
    this.#following.catch(() => {});
  }

  /** The deliveries must not have begun. They are watched until they are settled. */
  watch(deliveryIds: Iterable<string>): Watched {
    const ids = [...deliveryIds];
    const number = ids.length;
    const group: Group = {
      left: { sentAt: number, toldAt: number, settledAt: number },
      done: {
        sentAt: Promise.withResolvers(),
        toldAt: Promise.withResolvers(),
        settledAt: Promise.withResolvers(),
      },
    };
    const entries = new Map(ids.map((id): [string, Entry] => [id, { group }]));
    for (const [id, entry] of entries) this.#entries.set(id, entry);
    this.#newsAt = performance.now();
    const [sent, told, settled] = [
      this.#patiently(group, 'sentAt'),
      this.#patiently(group, 'toldAt'),
      this.#patiently(group, 'settledAt').then(() => {
        for (const id of ids) this.#entries.delete(id);
      }),
    ];
    // If the caller fails, it does not await the rest.
    for (const one of [sent, told, settled]) one.catch(() => {});
    return {
      sent,
      told,
      settled,
      moments: (moment) => [...entries.values()].flatMap((entry) => entry[moment] ?? []),
      momentOf: (id, moment) => entries.get(id)?.[moment],
    };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }

  /** Polls: a subscription would read after every append, and distort what is measured. */
  async #follow(store: EventStore): Promise<void> {
    const { signal } = this.#ending;
    const filter = { types: [...Object.keys(momentsOf), ...mishaps] };
    let from = (await store.head())?.position ?? ('start' as const);
    while (!signal.aborted) {
      for await (const event of store.readAll({ from, filter })) {
        this.#take(event);
        from = event.position;
      }
      await delay(readEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  #take({ type, data, recordedAt }: RecordedEvent): void {
    this.#newsAt = performance.now();
    if (!momentsOf[type]) this.mishaps.set(type, (this.mishaps.get(type) ?? 0) + 1);
    const entry = this.#entries.get((data as { deliveryId: string }).deliveryId);
    if (!entry) return;
    for (const moment of momentsOf[type] ?? []) {
      if (entry[moment] !== undefined) continue;
      entry[moment] = Date.parse(recordedAt);
      entry.group.left[moment] -= 1;
      if (entry.group.left[moment] === 0) entry.group.done[moment].resolve();
    }
  }

  /** @throws if nothing happens for two minutes */
  async #patiently({ left, done }: Group, moment: Moment): Promise<void> {
    const stuck = Promise.withResolvers<never>();
    const timer = setInterval(() => {
      if (performance.now() - this.#newsAt < patienceMs) return;
      const state = JSON.stringify({ left, mishaps: [...this.mishaps] });
      stuck.reject(new Error(`Nothing has happened for ${patienceMs} ms: ${state}`));
    }, 1_000);
    try {
      await Promise.race([done[moment].promise, stuck.promise, this.#following.then(() => stuck.promise)]);
    } finally {
      clearInterval(timer);
    }
  }
}
