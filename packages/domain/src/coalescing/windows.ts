import type { CoalesceRule } from '@mission-control/contracts';

/** An arrival that waits for others. */
export interface Held {
  /** The arrival's event. */
  readonly eventId: string;
  readonly webhookId: string;
  /** What the payloads have in common; null: the rule names no key. */
  readonly key: string | null;
  /** The rule that was in force at receipt. */
  readonly rule: CoalesceRule;
  /** When it was received, milliseconds since 1970. */
  readonly at: number;
}

interface Window<H extends Held> {
  readonly members: Map<string, H>;
  readonly rule: CoalesceRule;
  firstAt: number;
  lastAt: number;
  /** Full, or followed by an arrival that came too late for it. */
  closed: boolean;
}

/**
 * The windows in which arrivals wait to be told together. A window belongs to a webhook, a rule and a key. It closes
 *
 * - `window_seconds` after its last arrival, but at the latest `max_wait_seconds` after its first,
 * - or when it has `max_payloads` arrivals.
 *
 * Which arrivals are in a window follows from the arrivals in the order of the log and their times of receipt alone, so whoever reads the
 * log again finds the same windows. Nothing in here knows the time.
 */
export class CoalescingWindows<H extends Held> {
  /** The window of each group that still accepts arrivals. */
  readonly #open = new Map<string, Window<H>>();
  /** All windows, by the order of their first arrivals. */
  readonly #windows = new Set<Window<H>>();
  readonly #windowOf = new Map<string, Window<H>>();

  /** How many arrivals wait. */
  get size(): number {
    return this.#windowOf.size;
  }

  add(arrival: H): void {
    const group = groupOf(arrival);
    let window = this.#open.get(group);
    if (window && arrival.at >= closesAt(window)) {
      window.closed = true;
      window = undefined;
    }
    if (!window) {
      const { rule, at } = arrival;
      window = { members: new Map(), rule, firstAt: at, lastAt: at, closed: false };
      this.#open.set(group, window);
      this.#windows.add(window);
    }
    window.members.set(arrival.eventId, arrival);
    window.lastAt = Math.max(window.lastAt, arrival.at);
    this.#windowOf.set(arrival.eventId, window);
    if (window.members.size < window.rule.max_payloads) return;
    window.closed = true;
    this.#open.delete(group);
  }

  /** Forgets an arrival, wherever it waits. */
  remove(eventId: string): void {
    const window = this.#windowOf.get(eventId);
    const arrival = window?.members.get(eventId);
    if (!window || !arrival) return;
    this.#windowOf.delete(eventId);
    window.members.delete(eventId);
    if (window.members.size === 0) this.#drop(window, arrival);
  }

  /**
   * Takes out the windows that are closed by this time.
   *
   * @param now milliseconds since 1970; every arrival that was received before has been added
   * @param most how many arrivals may wait; beyond, the windows that began first close early
   * @returns their arrivals in the order of the log, by the order of the windows' first arrivals
   */
  takeClosed(now: number, most = Number.POSITIVE_INFINITY): (readonly [H, ...H[]])[] {
    const taken: (readonly [H, ...H[]])[] = [];
    for (const window of this.#windows) {
      if (!window.closed && closesAt(window) > now && this.size <= most) continue;
      const [first, ...others] = window.members.values();
      if (!first) continue;
      this.#drop(window, first);
      for (const eventId of window.members.keys()) this.#windowOf.delete(eventId);
      taken.push([first, ...others]);
    }
    return taken;
  }

  #drop(window: Window<H>, member: H): void {
    this.#windows.delete(window);
    const group = groupOf(member);
    if (this.#open.get(group) === window) this.#open.delete(group);
  }
}

/** When the window of these arrivals closed, milliseconds since 1970. */
export const windowClosedAt = (held: readonly [Held, ...Held[]]): number => {
  const [{ rule, at: firstAt }] = held;
  const lastAt = Math.max(...held.map(({ at }) => at));
  return held.length >= rule.max_payloads ? lastAt : closesAt({ rule, firstAt, lastAt });
};

/** Milliseconds since 1970. */
const closesAt = ({ rule, firstAt, lastAt }: Pick<Window<Held>, 'rule' | 'firstAt' | 'lastAt'>): number =>
  Math.min(lastAt + rule.window_seconds * 1000, firstAt + rule.max_wait_seconds * 1000);

const groupOf = ({ webhookId, rule, key }: Held): string =>
  JSON.stringify([webhookId, rule.key, rule.window_seconds, rule.max_wait_seconds, rule.max_payloads, key]);
