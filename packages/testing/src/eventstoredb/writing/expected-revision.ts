/** A revision, or one of the server's numbers for other expectations. */
export const expected = { any: -2, noStream: -1, streamExists: -4 } as const;
