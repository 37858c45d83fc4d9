import { z } from 'zod';

/** Decimal digits of a log position. */
const position = z.string().regex(/^\d+$/);

/** What was found where history is not as it was sealed. */
export const faultSchema = z.object({
  /**
   * `altered`: the event is not the one that was sealed. `missing`: a sealed event is gone, and no fact explains it. `inserted`: an event stands
   * among sealed ones and was never sealed. `reordered`: a sealed event stands in another place. `cut`: the log ends before what a signed
   * checkpoint covers. `inconsistent`: a root is not that of the leaves before it, or not the one that was signed.
   */
  kind: z.enum(['altered', 'missing', 'inserted', 'reordered', 'cut', 'inconsistent']),
  /** Of the first event that does not fit; null: the log ends here. */
  position: position.nullable(),
  /** Of the last event before it that does; null: there is none. */
  after: position.nullable(),
  /** Index of the leaf; null: the event has none. */
  leaf: z.int().nonnegative().nullable(),
  /** The event that the fault is about; null: it is about none. */
  stream: z.string().nullable(),
  revision: z.int().nonnegative().nullable(),
  detail: z.string(),
});

export const auditEvents = {
  /**
   * These events will be hidden, because of the fact `causeId` (or of the replay whose list is discarded): those of a stream before a
   * revision, or all of them (null). It is sealed before they are hidden, and so are they.
   */
  EventsHidden: z.object({
    causeId: z.uuid(),
    streams: z.array(z.tuple([z.string(), z.int().nonnegative().nullable()])),
  }),
  /** Somebody asked for the events of a range of the log: those after `after` (null: from the first) up to `until`. */
  AuditExportRequested: z.object({ after: position.nullable(), until: position.nullable() }),
  /** The history shall be verified, up to the end of the log at that time. */
  AuditVerificationRequested: z.object({ verificationId: z.uuid() }),
  AuditVerificationEnded: z.object({
    verificationId: z.uuid(),
    status: z.enum(['verified', 'failed']),
    /** Positions of the first and the last event that were looked at; null: there was none. */
    from: position.nullable(),
    to: position.nullable(),
    /** Leaves that were verified, or are explained. */
    leaves: z.int().nonnegative(),
    /** Of these, leaves of events that are gone, by what explains it. */
    hidden: z.object({
      /** A fact says that the stream, or its beginning, was removed. */
      removed: z.int().nonnegative(),
      /** Only so many of the newest are kept. */
      bounded: z.int().nonnegative(),
    }),
    /** Events that were hidden before they could be sealed, and were never leaves. */
    alreadyHidden: z.int().nonnegative(),
    /** Events after the last sealed one. */
    unsealed: z.int().nonnegative(),
    /** Signed checkpoints that were compared with the tree, and whether one outside the event store was. */
    checkpoints: z.int().nonnegative(),
    anchor: z.enum(['compared', 'absent']),
    fault: faultSchema.nullable(),
  }),
};
