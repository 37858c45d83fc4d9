import type { RunEnding } from './run-outcome.ts';

/** The answer to a repeated chat.send. */
export type Repeat =
  | { readonly kind: 'in_flight' }
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'aborted'; readonly stopReason: string; readonly endedAt: number };

interface Run {
  /** As it was sent; another text under the same key is a conflict. */
  readonly text: string | null;
  repeat: Repeat;
  /** What agent.wait answers, or null while it waits. */
  waited: Readonly<Record<string, unknown>> | null;
  waiting: ((answer: Readonly<Record<string, unknown>>) => void)[] | null;
  endedAt: number | null;
}

/** How many ended runs are remembered, and for how long, according to OpenClaw's code. */
const remembered = { runs: 1_000, ms: 300_000 };

/** The runs and requests that the OpenClaw gateway's process knows. A restart forgets them. */
export class Runs {
  readonly #runs = new Map<string, Run>();
  /** Ids of ended runs, the oldest first. */
  readonly #ended = new Set<string>();

  /** @param text null for a run that no request started */
  begin(runId: string, text: string | null): void {
    this.#ended.delete(runId);
    this.#runs.set(runId, {
      text,
      repeat: { kind: 'in_flight' },
      waited: null,
      waiting: null,
      endedAt: null,
    });
  }

  known(runId: string): { readonly text: string | null; readonly repeat: Repeat } | undefined {
    const run = this.#runs.get(runId);
    return run && (run.endedAt === null || run.endedAt > Date.now() - remembered.ms) ? run : undefined;
  }

  /** The request was forgotten, as if it had never come. */
  forget(runId: string): void {
    this.#runs.delete(runId);
    this.#ended.delete(runId);
  }

  /** The message joined the queue and its request is done. Nobody learns from the run id what becomes of it. */
  queued(runId: string): void {
    const waited = { status: 'pending', timeoutPhase: 'queue', providerStarted: false };
    this.#settle(runId, { kind: 'ok' }, waited);
  }

  /** The request is done without a run of its own: the message was merged into another run, or lost its turn. */
  left(runId: string): void {
    this.#settle(runId, { kind: 'ok' }, { status: 'ok', endedAt: Date.now() });
  }

  ended(runId: string, { waited, failure }: RunEnding): void {
    const { stopReason } = waited;
    const repeat: Repeat =
      failure !== null
        ? { kind: 'failed', message: failure }
        : waited.status === 'ok'
          ? { kind: 'ok' }
          : { kind: 'aborted', stopReason: String(stopReason), endedAt: Date.now() };
    this.#settle(runId, repeat, waited);
  }

  /** Answers like agent.wait: an unknown run and one that goes on look the same. */
  async wait(runId: string, timeoutMs: number): Promise<Readonly<Record<string, unknown>>> {
    const run = this.#runs.get(runId);
    if (run?.waited) return { runId, ...run.waited };
    const answer = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const timer = setTimeout(() => answer.resolve({ status: 'timeout' }), timeoutMs);
    if (run) {
      run.waiting ??= [];
      run.waiting.push(answer.resolve);
    }
    try {
      return { runId, ...(await answer.promise) };
    } finally {
      clearTimeout(timer);
    }
  }

  clear(): void {
    this.#runs.clear();
    this.#ended.clear();
  }

  #settle(runId: string, repeat: Repeat, waited: Readonly<Record<string, unknown>>): void {
    const run = this.#runs.get(runId);
    if (!run) return;
    run.repeat = repeat;
    run.waited = waited;
    for (const resolve of run.waiting ?? []) resolve(waited);
    run.waiting = null;
    run.endedAt = Date.now();
    this.#ended.add(runId);
    if (this.#ended.size <= remembered.runs) return;
    for (const oldest of this.#ended) {
      this.forget(oldest);
      return;
    }
  }
}
