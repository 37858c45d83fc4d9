import { type HashText, hashLength, hashTextAt } from '@mission-control/merkle';
import { z } from 'zod';

const sealedSchema = z.object({
  firstIndex: z.int().nonnegative(),
  hashes: z.base64(),
  streams: z.array(z.string()),
  runs: z.array(z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().positive()])),
  root: z.base64(),
  alreadyHidden: z.int().optional(),
});

const signedSchema = z.object({ size: z.int(), root: z.base64(), note: z.string() });

const hiddenSchema = z.object({ streams: z.array(z.tuple([z.string(), z.int().nullable()])) });

/** A leaf as a sealing event states it. */
export interface Leaf {
  readonly stream: string;
  readonly revision: number;
  readonly hash: HashText;
}

/** null: it is not what a sealing event says. */
export const leavesIn = (data: unknown) => {
  const { data: sealed } = sealedSchema.safeParse(data);
  if (!sealed) return null;
  const hashes = Buffer.from(sealed.hashes, 'base64');
  const leaves: Leaf[] = [];
  for (const [of, first, count] of sealed.runs) {
    const stream = sealed.streams[of];
    if (stream === undefined) return null;
    for (let n = 0; n < count; n++)
      leaves.push({ stream, revision: first + n, hash: hashTextAt(hashes, leaves.length) });
  }
  if (leaves.length * hashLength !== hashes.length) return null;
  const { firstIndex, alreadyHidden = 0 } = sealed;
  return { firstIndex, leaves, alreadyHidden, root: Buffer.from(sealed.root, 'base64') };
};

const erasedSchema = z.object({ webhookId: z.string(), unencrypted: z.array(z.int().nonnegative()) });

/** The arrivals, by their streams and revisions, that an export leaves out: they were stored in the clear, and their content was erased. */
export const leftOutIn = (data: unknown): readonly Pick<Leaf, 'stream' | 'revision'>[] => {
  const { data: erased } = erasedSchema.safeParse(data);
  return (erased?.unencrypted ?? []).map((revision) => ({
    stream: `payloads-${erased?.webhookId}`,
    revision,
  }));
};

/** null: it is not what a signed checkpoint says. */
export const checkpointIn = (data: unknown) => {
  const { data: signed } = signedSchema.safeParse(data);
  return signed ? { ...signed, root: Buffer.from(signed.root, 'base64') } : null;
};

/** The streams, or their beginnings, that an event says were hidden. */
export const hiddenIn = (data: unknown): readonly (readonly [stream: string, before: number | null])[] =>
  hiddenSchema.safeParse(data).data?.streams ?? [];
