/** What to do when an iteration is over. */
interface End {
  /** @param waitedMs how long the consumer waited for items; its own work is not included */
  ended(waitedMs: number): void;
  failed(error: unknown, waitedMs: number): void;
}

/** The same iterable. Its items pass without another wait; only the end of the iteration is watched. */
export const watched = <T>(iterable: AsyncIterable<T>, start: () => End): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => {
    const iterator = iterable[Symbol.asyncIterator]();
    const end = start();
    let waitedMs = 0;
    let over = false;
    const settle = (how: () => void) => {
      if (over) return;
      over = true;
      how();
    };
    return {
      next: () => {
        const askedAt = performance.now();
        const next = iterator.next();
        next.then(
          ({ done }) => {
            waitedMs += performance.now() - askedAt;
            if (done) settle(() => end.ended(waitedMs));
          },
          (error) => {
            waitedMs += performance.now() - askedAt;
            settle(() => end.failed(error, waitedMs));
          },
        );
        return next;
      },
      return: async (value) => {
        settle(() => end.ended(waitedMs));
        return (await iterator.return?.(value)) ?? { done: true, value };
      },
    };
  },
});
