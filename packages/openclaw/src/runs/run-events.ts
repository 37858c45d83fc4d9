import type { RunEnd, RunEvent } from '../port.ts';
import { chatEventSchema, endOfChatEvent } from './chat-event.ts';

/**
 * Runs whose further events are recognised, per connection. OpenClaw gateways report a failed run twice, within milliseconds. A run that goes
 * on and is forgotten is recognised again by its next event.
 */
const remembered = 1_000;

/** Turns `chat` events into the ends of runs, once each. */
export class RunEvents {
  readonly #listeners = new Set<(run: RunEvent) => void>();
  readonly #known = new Map<string, 'going' | 'ended'>();
  readonly #secrets: readonly string[];
  readonly #ask: (runId: string) => Promise<RunEnd | null>;

  /** @param ask finds out how a run ended whose events do not show it */
  constructor(secrets: readonly string[], ask: (runId: string) => Promise<RunEnd | null>) {
    this.#secrets = secrets;
    this.#ask = ask;
  }

  add(listener: (run: RunEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param payload of a `chat` event */
  heard(payload: unknown): void {
    // Every session's events arrive here, most of them parts of an answer.
    if (this.#listeners.size === 0 || this.#isKnownToGoOn(payload)) return;
    const event = chatEventSchema.safeParse(payload);
    if (!event.success) return;
    const { runId, sessionKey } = event.data;
    const end = endOfChatEvent(event.data, this.#secrets);
    const known = this.#known.get(runId);
    if (known === 'ended' || known === end) return;
    if (end === 'going' || end === 'left') {
      if (end === 'going') this.#remember(runId, end);
      this.#tell({ runId, sessionKey, end: null });
      return;
    }
    this.#remember(runId, 'ended');
    if (end === 'silent')
      void this.#ask(runId).then((asked) => this.#tell({ runId, sessionKey, end: asked }));
    else this.#tell({ runId, sessionKey, end });
  }

  #isKnownToGoOn(payload: unknown): boolean {
    const { state, runId } = (payload ?? {}) as { readonly state?: unknown; readonly runId?: unknown };
    return (state === 'delta' || state === 'status') && this.#known.has(String(runId));
  }

  #remember(runId: string, as: 'going' | 'ended'): void {
    this.#known.set(runId, as);
    const [oldest] = this.#known.keys();
    if (this.#known.size > remembered && oldest !== undefined) this.#known.delete(oldest);
  }

  #tell(run: RunEvent): void {
    for (const listener of this.#listeners) listener(run);
  }
}
