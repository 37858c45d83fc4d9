/**
 * Another publisher writes to the stream. Its messages are just as good; two publishers at a time would fence each other forever.
 */
export class PublisherFenced extends Error {
  readonly code = 'publisher_fenced';

  constructor() {
    super('another relay publishes into the stream');
    this.name = 'PublisherFenced';
  }
}

/** The stream or the server is unavailable, or an answer did not arrive. It is unknown whether the message is stored. */
export class PublishingLost extends Error {
  readonly code = 'publishing_lost';

  constructor(cause: unknown) {
    super(`publishing failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'PublishingLost';
  }
}
