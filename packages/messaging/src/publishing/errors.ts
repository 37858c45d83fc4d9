/** Somebody else writes into the stream. What they publish is as good as ours; two at a time would take turns for ever. */
export class PublisherFenced extends Error {
  readonly code = 'publisher_fenced';

  constructor() {
    super('another relay publishes into the stream');
    this.name = 'PublisherFenced';
  }
}

/** The stream or the server is away, or an answer did not come: whether the message is stored is not known. */
export class PublishingLost extends Error {
  readonly code = 'publishing_lost';

  constructor(cause: unknown) {
    super(`publishing failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'PublishingLost';
  }
}
