import { z } from 'zod';

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** The Merkle log: the hashes of the events in the order of the log, and what was signed about them. They name no positions: a copy keeps them. */
export const merkleEvents = {
  /** These events are leaves from now on. The stream's own events are leaves of the next such event. */
  LeavesSealed: z.object({
    /** Index of the first leaf, from 0. */
    firstIndex: z.int().nonnegative(),
    /** The hashes of the leaves, 32 bytes each, one after the other, base64. */
    hashes: base64,
    /** Which events they are: the streams, and runs of leaves with consecutive revisions in one of them: [stream, first revision, leaves]. */
    streams: z.array(z.string()),
    runs: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().positive()])),
    /** Root of the tree with these leaves, base64. */
    root: base64,
    /** How many events between them were hidden before they could be sealed; absent: none. They are not leaves. */
    alreadyHidden: z.int().positive().optional(),
  }),
  /** The installation has signed the root of its tree. */
  CheckpointSigned: z.object({
    /** Leaves of the tree. */
    size: z.int().positive(),
    /** Base64. */
    root: base64,
    /** Roots of the complete subtrees that the tree consists of, the largest first, 32 bytes each, base64. Sealing continues from them. */
    subtrees: base64,
    /** The signed checkpoint (https://c2sp.org/tlog-checkpoint). */
    note: z.string(),
    /** Of the signing key. */
    keyId: z.string(),
  }),
};
