import type { RecordedEvent } from '@mission-control/event-store';

/** Another runner has taken over the projection. This one has stopped, and its last batch was not stored. */
export class ProjectionFenced extends Error {
  readonly code = 'projection_fenced';

  constructor(projection: string) {
    super(`Another process runs the projection ${projection} now.`);
    this.name = 'ProjectionFenced';
  }
}

/** The rows were written by a newer release. */
export class ProjectionTooNew extends Error {
  readonly code = 'projection_too_new';

  constructor(projection: string, stored: number, ours: number) {
    super(
      `Projection ${projection} is at version ${stored}, this release has version ${ours}. Run the newer release.`,
    );
    this.name = 'ProjectionTooNew';
  }
}

/** An event cannot be applied. The projection stops before it until the release or the schema of the event is fixed. */
export class EventNotApplicable extends Error {
  readonly code = 'event_not_applicable';
  readonly eventId: string;
  readonly stream: string;

  constructor(projection: string, event: RecordedEvent, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Projection ${projection} stopped at event ${event.id} (${event.type}, stream ${event.stream}, revision ${event.revision}): ${reason}`,
      { cause },
    );
    this.name = 'EventNotApplicable';
    this.eventId = event.id;
    this.stream = event.stream;
  }
}

/** The checkpoint was taken in another log. */
export class ProjectionLost extends Error {
  readonly code = 'checkpoint_not_in_log';

  constructor(projection: string, cause: Error) {
    super(
      `Projection ${projection} has a checkpoint that the event store does not know (${cause.message}). ` +
        'The event store was restored, replaced or failed over, or EVENTSTORE_URL names another one. ' +
        'If it is the right one, mark it (npm run events -- mark-restored): the read model is then rebuilt from the first event.',
      { cause },
    );
    this.name = 'ProjectionLost';
  }
}
