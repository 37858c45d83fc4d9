/** What the exit code of a command means. */
export const exitCodes = { different: 1, refused: 2, storeFailed: 3 } as const;
