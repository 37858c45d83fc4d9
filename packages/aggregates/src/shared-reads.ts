interface Reads<T> {
  current: Promise<T>;
  next?: Promise<T>;
}

/** Lets callers share reads of the same thing: one under way and at most one waiting for each key. */
export class SharedReads<T> {
  readonly #reads = new Map<string, Reads<T>>();

  /** Joins a read that is under way, else starts one. */
  joinOrStart(key: string, read: () => Promise<T>): Promise<T> {
    return this.#reads.get(key)?.current ?? this.#start(key, read);
  }

  /** A read that begins after this call: one under way may have missed what the caller asks about. */
  startAfterNow(key: string, read: () => Promise<T>): Promise<T> {
    const reads = this.#reads.get(key);
    if (!reads) return this.#start(key, read);
    reads.next ??= reads.current.then(
      () => this.#start(key, read),
      () => this.#start(key, read),
    );
    return reads.next;
  }

  #start(key: string, read: () => Promise<T>): Promise<T> {
    const reads: Reads<T> = {
      current: read().finally(() => {
        if (this.#reads.get(key) === reads && !reads.next) this.#reads.delete(key);
      }),
    };
    this.#reads.set(key, reads);
    return reads.current;
  }
}
