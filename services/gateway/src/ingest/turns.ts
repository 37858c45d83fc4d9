/**
 * Lets work be done one at a time, in the order in which it was asked for.
 *
 * Where one fails, all that were waiting then fail with it: an event store that did not answer one look-up in time must not keep each
 * of the others waiting as long.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #failures = 0;

  /** How many have not been done yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws what the work throws, or what the work before it threw */
  async take<T>(work: () => Promise<T>): Promise<T> {
    const failures = this.#failures;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#last = promise;
    this.#waiting += 1;
    let failure: unknown = null;
    try {
      const error = await before;
      if (this.#failures > failures) {
        failure = error;
        throw error;
      }
      return await work();
    } catch (error) {
      if (failure === null) this.#failures += 1;
      failure = error;
      throw error;
    } finally {
      this.#waiting -= 1;
      resolve(failure);
    }
  }
}
