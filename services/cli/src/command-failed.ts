import type { mcwExitCodes } from './exit-codes.ts';

/** A command of `mcw` failed. Only the code and the message are shown. */
export class CommandFailed extends Error {
  constructor(
    /** Why, from `exit-codes.ts`. */
    readonly exit: keyof typeof mcwExitCodes,
    /** Stable: the code of the API, or one of this program. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'CommandFailed';
  }
}
