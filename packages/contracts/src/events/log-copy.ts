import { z } from 'zod';

/** Decimal digits of a log position. */
const position = z.string().regex(/^\d+$/);

/** How a log became a copy of another one. The events are not copied themselves. */
export const logCopyEvents = {
  /** Everything in the source up to a position is in this log. A copy that was interrupted continues from there. */
  LogCopyProgressed: z.object({
    /** The incarnation of the source. */
    source: z.string(),
    /** A position in the source; null: nothing is copied yet. */
    upTo: position.nullable(),
    /** Where positions that events of the source name are in this log. */
    places: z.array(z.object({ source: position, position, eventId: z.string() })),
    /** `copied`: the copy was compared with its source and is complete. */
    status: z.enum(['copying', 'copied']),
  }),
  /** Takes the place of an event that was hidden in the source, and is hidden too. */
  HiddenEventReplaced: z.object({}),
};
