import type { Position } from '../port.ts';

/** What a notification says of the events that were appended together. */
export interface Notification {
  readonly first: Position;
  readonly last: Position;
  /** The id of the last event. */
  readonly id: string;
  /** Of the events; undefined when they are too many for a notification. */
  readonly kinds: readonly number[] | undefined;
}

const form = /^(\d+),(\d+),([0-9a-f-]{36}),([\d.]*)$/;

/** Undefined for anything else, such as the empty payload of a release that sent none. */
export const parseNotification = (payload: string): Notification | undefined => {
  const [, first, last, id, kinds] = form.exec(payload) ?? [];
  if (first === undefined || last === undefined || id === undefined) return undefined;
  return {
    first: BigInt(first),
    last: BigInt(last),
    id,
    kinds: kinds ? kinds.split('.').map(Number) : undefined,
  };
};
