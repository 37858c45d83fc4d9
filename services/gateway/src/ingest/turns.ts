/**
 * Runs work one at a time, in the order in which it was submitted.
 *
 * If one fails, all that were waiting at that moment fail with it. Otherwise, after an event store timeout, each of the others would wait
 * just as long.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #failures = 0;

  /** How much work is waiting or running. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws the error of this work, or of work before it */
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
