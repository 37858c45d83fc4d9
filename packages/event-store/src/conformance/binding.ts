/**
 * What the suite can ask of a server, and where event stores may differ. A case asks for a feature and does not know which
 * store it runs on. A case whose feature is absent is skipped with the reason.
 */
export interface Features {
  /** Kills the server without warning and restarts it at the same address with its data. */
  readonly restart?: () => Promise<void>;
  /** Resolves to the URL of an empty log that nothing else uses. Absent when the server offers only the log of `url`. */
  readonly anotherLog?: () => Promise<string>;
  /**
   * Removes the last events of the log, as restoring an older backup does. Their positions may then be assigned again.
   */
  readonly cutLog?: (url: string, events: number) => Promise<void>;
  /** The server listens on plain TCP at the URL's host and port, so a proxy that counts bytes and breaks can be placed in between. */
  readonly plainTcp: boolean;
  /** The server tells which clients are connected to it. */
  readonly listsClients?: boolean;
  /** Maximum bytes of data and metadata in one append. */
  readonly largestAppend: number;
}

export interface ConformanceBinding {
  /** A URL as `openEventStore` accepts it. */
  readonly url: string;
  /** The installation's prefix; default: none. */
  readonly prefix?: string;
  readonly features: Features;
}
