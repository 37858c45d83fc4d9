import type { RunOutcome } from './run-outcome.ts';

interface Planned {
  readonly outcome: RunOutcome;
  left: number;
}

/** What becomes of runs: `ok`, unless a test has planned something else, for one session or for all. */
export class Outcomes {
  readonly #ofSession = new Map<string, Planned>();
  #ofAll: Planned | null = null;

  /** @param sessionKey canonical; without it, for the sessions that have no plan of their own */
  plan(
    outcome: RunOutcome,
    {
      sessionKey,
      times = Number.POSITIVE_INFINITY,
    }: { sessionKey?: string | undefined; times?: number | undefined },
  ): void {
    const planned = { outcome, left: times };
    if (sessionKey === undefined) this.#ofAll = planned;
    else this.#ofSession.set(sessionKey, planned);
  }

  /** The outcome of a run that begins now. */
  of(sessionKey: string): RunOutcome {
    for (const planned of [this.#ofSession.get(sessionKey), this.#ofAll]) {
      if (!planned || planned.left <= 0) continue;
      planned.left -= 1;
      return planned.outcome;
    }
    return { kind: 'ok' };
  }
}
