/**
 * The promise that `begin` returns; rejected with what it throws. An async function that returns a promise makes two more, and its result
 * comes three turns of the microtask queue later.
 */
export const begun = <T>(begin: () => Promise<T>): Promise<T> => {
  try {
    return begin();
  } catch (error) {
    return Promise.reject(error);
  }
};
