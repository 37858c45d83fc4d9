import type { Delivery } from '../delivery/delivery.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import { mostUnconfirmed } from './confirmer.ts';
import { type FoundMessages, keysOf, type SessionSeen } from './verdict.ts';

interface LookedUp {
  readonly found: FoundMessages;
  readonly keys: ReadonlySet<string>;
  readonly epoch: number;
  /** Monotonic milliseconds. */
  readonly at: number;
}

/** How long the result of a look-up may be used for other deliveries. */
const validMs = 2_000;
/** The maximum of a look-up. */
const mostKeys = 50;

/** Complete look-ups of one session, and its latest known state. */
export class SessionLookUp {
  readonly #answerTimeoutMs: number;
  #seen: SessionSeen = { sessionId: undefined, resetId: undefined };
  #last: LookedUp | null = null;

  constructor(answerTimeoutMs: number) {
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  get seen(): SessionSeen {
    return this.#seen;
  }

  saw({ sessionId, reset, complete, keys }: FoundMessages): void {
    // A session without a row does not survive a restart of the OpenClaw gateway, so its id proves nothing.
    const durable = [...keys.values()].some((where) => where === 'history' || where === 'consumed');
    const known = durable || sessionId === null || sessionId === this.#seen.sessionId;
    // A quick look-up that shows no reset may not have read back far enough.
    const resetId = reset ? (reset.id ?? undefined) : complete ? null : this.#seen.resetId;
    this.#seen = { sessionId: known ? sessionId : undefined, resetId };
  }

  /** Makes the next look-up ask the OpenClaw gateway. */
  forget(): void {
    this.#last = null;
  }

  /** @param others other deliveries of the session that may have to be looked up next */
  async complete(delivery: Delivery, others: readonly Delivery[], { connection, epoch }: Pass) {
    const { attempt } = delivery;
    const own = attempt ? keysOf(attempt) : [];
    const last = this.#last;
    if (
      last?.epoch === epoch &&
      performance.now() - last.at < validMs &&
      own.every((key) => last.keys.has(key))
    ) {
      return last.found;
    }
    const keys = new Set(own.slice(-mostKeys));
    for (const other of others.slice(0, mostUnconfirmed)) {
      const more = other.attempt ? keysOf(other.attempt) : [];
      if (keys.size + more.length <= mostKeys) for (const key of more) keys.add(key);
    }
    const found = await connection.find(attempt?.sessionKey ?? '', [...keys], {
      mode: 'complete',
      timeoutMs: this.#answerTimeoutMs,
    });
    if (found.kind !== 'found') return found;
    this.saw(found);
    this.#last = { found, keys, epoch, at: performance.now() };
    return found;
  }
}
