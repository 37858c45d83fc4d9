import { inspect } from 'node:util';

// For the last line of a decision about every member of a union: if a member is not handled, that line does not compile.

/** @throws Error if the value is of a kind that the release does not know */
export const assertNever = (value: never): never => {
  throw new Error(`Unexpected value: ${inspect(value, { depth: 0, maxStringLength: 100 })}`);
};

/** For folding events: at run time, an unknown event does not change the state. */
export const unchangedBy = <S>(state: S, _event: never): S => state;
