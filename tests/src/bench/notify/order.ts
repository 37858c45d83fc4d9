type BySession = ReadonlyMap<string, readonly string[]>;

/** @throws unless each session received its deliveries exactly once, in the order in which they were stored */
export const requireOrder = (stored: BySession, received: BySession): void => {
  for (const [sessionKey, ids] of stored) {
    const got = received.get(sessionKey) ?? [];
    const wrong = ids.findIndex((id, n) => got[n] !== id);
    if (wrong >= 0 || got.length !== ids.length) {
      throw new Error(
        `${sessionKey} received ${got.length} messages instead of ${ids.length}, or not in order; the first wrong one is number ${wrong}.`,
      );
    }
  }
};
