/** The logger that the event store needs. A pino instance fits. */
export interface EventStoreLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => {};

export const silentLog: EventStoreLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
