/** What the exit code of a command of `npm run events` means. */
export const exitCodes = { different: 1, refused: 2, storeFailed: 3 } as const;

/** What the exit code of `mcw` means. Those of `mcw events` are the ones above. */
export const mcwExitCodes = {
  /** The system answered that it did not do it, or something that was waited for ended otherwise. */
  failed: 1,
  /** The command line, a variable or a value in them is wrong. */
  usage: 2,
  /** The system is not reachable, or cannot answer now. The same command may succeed later. */
  away: 3,
  /** The token is missing, wrong, or may not do this. */
  denied: 4,
  notFound: 5,
  /** The system is of a release that does not have this function yet. */
  unsupported: 6,
  /** By Ctrl-C or SIGTERM: 128 + the number of the signal. */
  interrupted: 130,
  terminated: 143,
} as const;
