import { setTimeout as delay } from 'node:timers/promises';
import { newOrderedId } from '@mission-control/contracts';
import { type EventStore, EventStoreUnavailable, EventTooLarge } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import type { Logger } from '@mission-control/runtime';

export interface Reached {
  readonly store: EventStore;
  readonly keyring: Keyring;
}

const pauseMs = 1_000;

/**
 * Opens the event store and the keyring in it, trying again while the store is away or takes no event of the size asked for.
 * Resolves to null when the signal is aborted first.
 *
 * @throws WrongEncryptionKey, and whatever the store says that no second try would mend
 */
export const reachEventStore = async (options: {
  openStore: () => Promise<EventStore>;
  operatorKeys: readonly Uint8Array[];
  log: Logger;
  signal: AbortSignal;
  /** Told why it has to be tried again. */
  onFailure: (error: Error) => void;
}): Promise<Reached | null> => {
  const { openStore, operatorKeys, log, signal, onFailure } = options;
  while (!signal.aborted) {
    let store: EventStore | undefined;
    try {
      store = await openStore();
      const keyring = await openKeyring(store, operatorKeys, {
        occurredAt: new Date().toISOString(),
        actor: { kind: 'service', id: 'gateway' },
        correlationId: newOrderedId(),
        causationId: null,
      });
      return { store, keyring };
    } catch (error) {
      await store?.close();
      if (!(error instanceof EventStoreUnavailable || error instanceof EventTooLarge)) throw error;
      onFailure(error);
      log.warn(
        { reason: error.message, retry_in_ms: pauseMs },
        'the event store cannot be used; trying again',
      );
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return null;
};
