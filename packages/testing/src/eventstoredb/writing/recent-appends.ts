interface Place {
  readonly stream: string;
  readonly revision: number;
}

/** The server's cache holds 100 MB, which is a few hundred thousand appends. */
const most = 100_000;

/** Recent event ids and their locations. Only this makes a repeat with ANY idempotent, and a restart clears it. */
export class RecentAppends {
  readonly #places = new Map<string, Place>();

  add(id: string, place: Place): void {
    this.#places.set(id, place);
    if (this.#places.size <= most) return;
    for (const oldest of this.#places.keys()) {
      this.#places.delete(oldest);
      break;
    }
  }

  revision(id: string, stream: string): number | undefined {
    const place = this.#places.get(id);
    return place?.stream === stream ? place.revision : undefined;
  }
}
