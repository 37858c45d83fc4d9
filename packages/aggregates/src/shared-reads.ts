interface Reads<T> {
  current: Promise<T>;
  next?: Promise<T>;
}

/** Lets callers share reads of the same key: per key, at most one is running and one is waiting. */
export class SharedReads<T> {
  readonly #reads = new Map<string, Reads<T>>();

  /** Joins a running read, or starts one. */
  joinOrStart(key: string, read: () => Promise<T>): Promise<T> {
    return this.#reads.get(key)?.current ?? this.#start(key, read);
  }

  /** Returns a read that begins after this call: a running one may have missed what the caller asks for. */
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
