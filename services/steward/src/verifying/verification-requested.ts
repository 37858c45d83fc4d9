import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { asEvent, deriveId, type EventData, namespaces, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { publicSigningKeys } from '@mission-control/keyring';
import { isSignedBy, type NoteKey, originOf } from '@mission-control/merkle';
import { type Duty, following, type Occasion } from '../duty.ts';
import { readAnchor } from '../sealing/anchor.ts';
import { verifyHistory } from './verify-history.ts';

/** After `AuditVerificationRequested`: verifies the history, and records what was found. */
export const afterVerificationRequested = (
  occasion: Occasion,
  { verificationId }: EventData<'AuditVerificationRequested'>,
): Duty => ({
  delayMs: 0,
  isVerification: true,
  run: async ({ asStored, log, metrics, signal, anchorFile }) => {
    const keys = await noteKeysOf(asStored);
    const startedAt = performance.now();
    const verified = await verifyHistory(asStored, await evidenceIn(anchorFile, keys), signal);
    const data = { verificationId, ...verified };
    const id = deriveId(namespaces.event, ['AuditVerificationEnded', verificationId]);
    await asStored.append(streams.auditVerifications, 'any', [
      asEvent({ type: 'AuditVerificationEnded', data }, following(occasion), id),
    ]);
    metrics.verified(verified.status);
    const seconds = (performance.now() - startedAt) / 1000;
    if (verified.fault)
      log.error({ ...data, seconds }, 'the history is not as it was sealed; see GET /api/v1/audit/verify');
    else log.info({ ...data, seconds }, 'verified the history');
  },
});

/** The signing keys, by the name that signed checkpoints have. */
const noteKeysOf = async (store: EventStore): Promise<NoteKey[]> => {
  const { state } = await loadAggregate(store, aggregates.installation, '');
  if (!state.owner) return [];
  const name = originOf(state.owner.installationId);
  return (await publicSigningKeys(store)).map(({ publicKey }) => ({ name, publicKey }));
};

/** One that this installation did not sign is evidence of nothing, and something has happened to it. */
const evidenceIn = async (file: string | undefined, keys: readonly NoteKey[]) => {
  const none = { keys, kept: [], unusable: null };
  if (!file) return none;
  try {
    const kept = await readAnchor(file);
    if (!kept) return none;
    const isOwn = keys.some((key) => key.name === kept.origin && isSignedBy(kept.note, key));
    return isOwn
      ? { ...none, kept: [kept] }
      : { ...none, unusable: 'The checkpoint in AUDIT_ANCHOR_FILE is not signed by a key in this log.' };
  } catch (error) {
    return { ...none, unusable: `AUDIT_ANCHOR_FILE cannot be read: ${(error as Error).message}.` };
  }
};
