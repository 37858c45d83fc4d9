/**
 * A position in the log, as it is on the wire. Commit and prepare are equal at an event. The server also sends and accepts positions
 * between events; their prepare is 0.
 */
export interface LogPosition {
  readonly commit: number;
  readonly prepare: number;
}

/** How the server represents "before everything". On the wire it is the largest number. */
export const nowhere: LogPosition = { commit: -1, prepare: -1 };

export const at = (position: number): LogPosition => ({ commit: position, prepare: position });

/** Negative if the first position is before the second. */
export const compare = (first: LogPosition, second: LogPosition): number =>
  first.commit - second.commit || first.prepare - second.prepare;

const largest = 2n ** 64n - 1n;

export const positionText = (position: number): string =>
  position < 0 ? largest.toString() : String(position);

/** Returns -1 for the largest number, which means the end. */
export const parsePosition = (text: string): number => {
  const position = BigInt(text);
  return position === largest ? -1 : Number(position);
};
