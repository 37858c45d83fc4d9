/** Reuses the last answer for `ms` milliseconds. Anyone may call this, so it must be cheap. */
export const sharedAnswer = <T>(ask: () => Promise<T>, ms: number): (() => Promise<T>) => {
  let last: { readonly askedAt: number; readonly answer: Promise<T> } | undefined;
  return () => {
    const now = performance.now();
    if (!last || now - last.askedAt > ms) last = { askedAt: now, answer: ask() };
    return last.answer;
  };
};
