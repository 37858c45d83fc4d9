/** The iterable that `begin` returns, once it is iterated. What `begin` throws, the iteration throws. */
export const lazily = <T>(begin: () => AsyncIterable<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => begin()[Symbol.asyncIterator](),
});

/**
 * What `pick` makes of the items; undefined: nothing. An async generator does the same, but costs three promises for each item instead of
 * one, and every event passes several of these.
 */
export const picked = <T, R>(
  items: AsyncIterable<T>,
  pick: (item: T) => R | undefined | Promise<R | undefined>,
): AsyncIterable<R> => ({
  [Symbol.asyncIterator]: () => {
    const iterator = items[Symbol.asyncIterator]();
    const end = async (): Promise<IteratorReturnResult<undefined>> => {
      await iterator.return?.();
      return { done: true, value: undefined };
    };
    return {
      next: async () => {
        for (;;) {
          const next = await iterator.next();
          if (next.done) return { done: true, value: undefined };
          try {
            const made = pick(next.value);
            const value = made instanceof Promise ? await made : made;
            if (value !== undefined) return { done: false, value };
          } catch (error) {
            await end();
            throw error;
          }
        }
      },
      return: end,
    };
  },
});
