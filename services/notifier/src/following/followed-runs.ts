/** Runs by id and by session, in the order in which they were added. */
export class FollowedRuns<R extends { readonly runId: string; readonly session: string }> {
  readonly #runs = new Map<string, R>();
  readonly #ofSession = new Map<string, Set<R>>();

  get size(): number {
    return this.#runs.size;
  }

  get oldest(): R | undefined {
    const [oldest] = this.#runs.values();
    return oldest;
  }

  all(): Iterable<R> {
    return this.#runs.values();
  }

  get(runId: string): R | undefined {
    return this.#runs.get(runId);
  }

  ofSession(session: string): Iterable<R> {
    return this.#ofSession.get(session) ?? [];
  }

  add(run: R): void {
    this.#runs.set(run.runId, run);
    const others = this.#ofSession.get(run.session);
    if (others) others.add(run);
    else this.#ofSession.set(run.session, new Set([run]));
  }

  /** false: it was not being followed. */
  remove(run: R): boolean {
    if (this.#runs.get(run.runId) !== run) return false;
    this.#runs.delete(run.runId);
    const others = this.#ofSession.get(run.session);
    others?.delete(run);
    if (others?.size === 0) this.#ofSession.delete(run.session);
    return true;
  }
}
