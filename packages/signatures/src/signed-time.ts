const seconds = /^\d{1,12}$/;

/** Whether `timestamp` is a plain number of seconds since 1970, no further from receipt than is tolerated, either way. */
export const isTimely = (timestamp: string, receivedAt: number, toleranceSeconds: number): boolean =>
  seconds.test(timestamp) && Math.abs(receivedAt / 1000 - Number(timestamp)) <= toleranceSeconds;

/** As senders sign it: whole seconds since 1970. */
export const timestampOf = (signedAt: number): string => String(Math.floor(signedAt / 1000));
