import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { newOrderedId } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { openKeyring, openSigner } from '@mission-control/keyring';
import { checkpointText, originOf, signNote } from '@mission-control/merkle';

interface SignedTree {
  readonly note: string;
  /** Of the signing key. */
  readonly keyId: string;
}

export interface CheckpointSigner {
  /** Opens the signing key, so that a wrong key is found at the start. @throws WrongEncryptionKey */
  readonly check: () => Promise<void>;
  /** Resolves to null while the log belongs to no installation: a checkpoint names it. @throws WrongEncryptionKey */
  readonly sign: (size: number, root: Buffer) => Promise<SignedTree | null>;
}

/** Signs checkpoints with the installation's newest signing key. */
export const checkpointSigner = (
  store: EventStore,
  encryptionKeys: readonly Uint8Array[],
): CheckpointSigner => {
  const open = async () => {
    const { state } = await loadAggregate(store, aggregates.installation, '');
    if (!state.owner) return null;
    const context = {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'steward' },
      correlationId: newOrderedId(),
      causationId: null,
    } as const;
    const keyring = await openKeyring(store, encryptionKeys, context);
    return {
      origin: originOf(state.owner.installationId),
      signer: await openSigner(store, keyring, context),
    };
  };
  return {
    check: async () => {
      await open();
    },
    sign: async (size, root) => {
      // Opened each time, once a minute at most: a new signing key is used from then on.
      const opened = await open();
      if (!opened) return null;
      const { origin, signer } = opened;
      const key = { name: origin, publicKey: signer.publicKey };
      const note = await signNote(checkpointText({ origin, size, root }), key, (bytes) => signer.sign(bytes));
      return { note, keyId: signer.keyId };
    },
  };
};
