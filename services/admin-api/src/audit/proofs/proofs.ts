import { type DomainEvent, isEvent, parseEvent, streams } from '@mission-control/contracts';
import { type EventStore, lastEvent } from '@mission-control/event-store';
import { publicSigningKeys } from '@mission-control/keyring';
import { parseCheckpoint, verifierKeyOf } from '@mission-control/merkle';
import { ApiError } from '@mission-control/runtime';
import { z } from 'zod';

const hash = z.base64().describe('SHA-256, base64.');
export const proofOf = (what: string) => z.array(hash).describe(what);

export const signedCheckpoint = z.object({
  size: z.int().positive().describe('Leaves of the tree.'),
  root: hash,
  signed_at: z.iso.datetime(),
  note: z
    .string()
    .describe('The signed checkpoint (https://c2sp.org/tlog-checkpoint), exactly as it was signed.'),
  verifier_key: z
    .string()
    .describe('The key that verifies the signature. Get it once, by a way that you trust, and keep it.'),
});

export type SignedCheckpoint = z.infer<typeof signedCheckpoint>;

/** @throws ApiError 404 while no checkpoint is signed */
export const newestCheckpoint = async (store: EventStore): Promise<SignedCheckpoint> => {
  const recorded = await lastEvent(store, streams.merkle, 'CheckpointSigned');
  const event = recorded && parseEvent(recorded);
  if (!event || !isEvent(event, 'CheckpointSigned')) throw noCheckpoint();
  return checkpointOf(store, event);
};

export const noCheckpoint = (): ApiError =>
  new ApiError(404, 'checkpoint_not_found', 'No checkpoint has been signed yet. Try again in a minute.', {
    headers: { 'retry-after': '60' },
  });

/** A signed checkpoint with the key that verifies it. */
export const checkpointOf = async (
  store: EventStore,
  event: Pick<DomainEvent<'CheckpointSigned'>, 'data' | 'metadata'>,
): Promise<SignedCheckpoint> => {
  const { size, root, note, keyId } = event.data;
  const key = (await publicSigningKeys(store)).find((one) => one.keyId === keyId);
  if (!key) throw new Error(`the signing key ${keyId} is not in the log`);
  const { origin } = parseCheckpoint(note);
  const verifier_key = verifierKeyOf({ name: origin, publicKey: key.publicKey });
  return { size, root, signed_at: event.metadata.occurredAt, note, verifier_key };
};

/** @throws ApiError 422 */
export const invalid = (code: string, detail: string): ApiError => new ApiError(422, code, detail);
