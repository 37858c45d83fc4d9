/**
 * What a server can be asked to do by the suite, and where event stores are free to differ. Cases ask for features; none knows which
 * store it runs on. A case whose feature is absent is skipped, with the reason.
 */
export interface Features {
  /** Ends the server without warning and starts it again at the same address, with its data. */
  readonly restart?: () => Promise<void>;
  /** The URL of an empty log that nobody else uses. Null where the log of `url` cannot be had twice. */
  readonly anotherLog?: () => Promise<string>;
  /**
   * Makes the log lose its last events, as a restore of an older backup does. The positions may then be given again.
   */
  readonly cutLog?: (url: string, events: number) => Promise<void>;
  /** The server listens on plain TCP at the URL's host and port, so a link that counts and breaks can be put in between. */
  readonly plainTcp: boolean;
  /** Most bytes of data and metadata that one append may have. */
  readonly largestAppend: number;
}

export interface ConformanceBinding {
  /** As `openEventStore` takes it. */
  readonly url: string;
  readonly features: Features;
}
