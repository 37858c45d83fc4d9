interface AppendedAt {
  readonly stream: string;
  readonly revision: number;
}

/** The server's cache holds 100 MB, which is a few hundred thousand appends. */
const most = 100_000;

/** Recent event ids and their locations. Only this makes a repeat with ANY idempotent, and a restart clears it. */
export class RecentAppends {
  readonly #appends = new Map<string, AppendedAt>();

  add(id: string, at: AppendedAt): void {
    this.#appends.set(id, at);
    if (this.#appends.size <= most) return;
    for (const oldest of this.#appends.keys()) {
      this.#appends.delete(oldest);
      break;
    }
  }

  revision(id: string, stream: string): number | undefined {
    const at = this.#appends.get(id);
    return at?.stream === stream ? at.revision : undefined;
  }
}
