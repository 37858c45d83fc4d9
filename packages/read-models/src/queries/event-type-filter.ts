import { type RawBuilder, sql } from 'kysely';

/** The event types that begin with a prefix and a period: from the first, inclusively, to the last, exclusively. */
export interface EventTypeFamily {
  readonly from: string;
  readonly to: string;
}

/** `pull_request.*`; null: the text is an event type. */
export const familyOf = (eventType: string): EventTypeFamily | null =>
  eventType.length > 2 && eventType.endsWith('.*')
    ? // In the order of bytes, the slash follows the period.
      { from: eventType.slice(0, -1), to: `${eventType.slice(0, -2)}/` }
    : null;

/** @param column its collation is "C" */
export const isOfEventType = (column: string, eventType: string): RawBuilder<boolean> => {
  const family = familyOf(eventType);
  return family
    ? sql<boolean>`${sql.ref(column)} >= ${family.from} and ${sql.ref(column)} < ${family.to}`
    : sql<boolean>`${sql.ref(column)} = ${eventType}`;
};
