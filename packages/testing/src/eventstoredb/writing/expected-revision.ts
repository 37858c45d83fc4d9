/** A revision, or one of the server's own numbers for the other demands. */
export const expected = { any: -2, noStream: -1, streamExists: -4 } as const;
