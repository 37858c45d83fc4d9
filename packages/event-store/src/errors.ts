/** Base class of an event store's errors. `code` is stable; `retryable` says whether the same call may succeed later. */
export abstract class EventStoreError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The store cannot be reached or did not answer in time. */
export class EventStoreUnavailable extends EventStoreError {
  readonly code = 'event_store_unavailable';
  readonly retryable = true;
  /** True when an append or a tombstone was sent and no answer arrived, or the server did not finish it in time. */
  readonly outcomeUnknown: boolean;

  constructor(message: string, outcomeUnknown: boolean, options?: ErrorOptions) {
    super(message, options);
    this.outcomeUnknown = outcomeUnknown;
  }
}

/** Too many appends already wait in this process; nothing was sent. */
export class EventStoreBusy extends EventStoreError {
  readonly code = 'event_store_busy';
  readonly retryable = true;
}

/** An event or an append is larger than the store accepts. */
export class EventTooLarge extends EventStoreError {
  readonly code = 'event_too_large';
  readonly retryable = false;
  /** The server setting that limits the size; undefined when no setting does. */
  readonly serverSetting: string | undefined;

  constructor(
    message: string,
    { serverSetting, ...options }: ErrorOptions & { serverSetting?: string } = {},
  ) {
    super(message, options);
    this.serverSetting = serverSetting;
  }
}

/** The server answered with an error that this version does not know. The append may or may not have been stored. */
export class EventStoreFailed extends EventStoreError {
  readonly code = 'event_store_failed';
  readonly operatorsError = true;
  readonly retryable = false;
  /** The server's name for the error. */
  readonly type: string;

  constructor(type: string, serverMessage: string, options?: ErrorOptions) {
    super(`the event store returned an unknown error: ${type} (${serverMessage || 'no message'})`, options);
    this.type = type;
  }
}

/** The credentials are wrong or lack a right. */
export class EventStoreAccessDenied extends EventStoreError {
  readonly code = 'event_store_access_denied';
  readonly operatorsError = true;
  readonly retryable = false;
}

/** The address, scheme or server is one that the store cannot run on, for example a pooler in transaction mode. */
export class EventStoreUnsupported extends EventStoreError {
  readonly code = 'event_store_unsupported';
  readonly operatorsError = true;
  readonly retryable = false;
}

/** The log was cut, restored or replaced under a reader's checkpoint. */
export class CheckpointNotInLog extends EventStoreError {
  readonly code = 'checkpoint_not_in_log';
  readonly retryable = false;
}

/** A read began at a position that no event of the log has. Only some stores notice it. */
export class PositionNotInLog extends EventStoreError {
  readonly code = 'position_not_in_log';
  readonly retryable = false;
}

export class EventStoreClosed extends EventStoreError {
  readonly code = 'event_store_closed';
  readonly retryable = false;
}
