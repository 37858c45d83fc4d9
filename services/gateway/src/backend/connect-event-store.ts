import { setTimeout as delay } from 'node:timers/promises';
import { type EventContext, newOrderedId } from '@mission-control/contracts';
import { type EventStore, EventStoreUnavailable, EventTooLarge } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import type { Logger } from '@mission-control/runtime';

export interface ConnectedEventStore {
  readonly store: EventStore;
  readonly keyring: Keyring;
}

const pauseMs = 1_000;

type Failure = EventStoreUnavailable | EventTooLarge;
const isFailure = (error: unknown): error is Failure =>
  error instanceof EventStoreUnavailable || error instanceof EventTooLarge;

/** The context of events that the gateway itself causes. */
export const gatewayContext = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'gateway' },
  correlationId: newOrderedId(),
  causationId: null,
});

/**
 * Opens the event store and its keyring. Retries while the store is unreachable or does not accept events of the required size. The log
 * states when such a condition begins and ends, but not every retry. Resolves to null when the signal is aborted first.
 *
 * @throws WrongEncryptionKey, and every store error that a retry would not solve
 */
export const connectEventStore = async (options: {
  openStore: () => Promise<EventStore>;
  operatorKeys: readonly Uint8Array[];
  log: Logger;
  signal: AbortSignal;
  /** Called with the reason for each retry. */
  onFailure: (error: Error) => void;
}): Promise<ConnectedEventStore | null> => {
  const { openStore, operatorKeys, log, signal, onFailure } = options;
  let failing: { readonly code: string; readonly since: number; retries: number } | undefined;
  while (!signal.aborted) {
    let store: EventStore | undefined;
    try {
      store = await openStore();
      const keyring = await openKeyring(store, operatorKeys, gatewayContext());
      const ended = failing && {
        ended: failing.code,
        seconds: Math.round((performance.now() - failing.since) / 1_000),
        retries: failing.retries,
      };
      log.info({ ...ended }, 'connected to the event store');
      return { store, keyring };
    } catch (error) {
      await store?.close();
      if (!isFailure(error)) throw error;
      onFailure(error);
      // The message may differ between retries for the same condition; the code does not.
      const level = error.code === failing?.code ? 'debug' : 'warn';
      log[level](
        { reason: error.message, retry_in_ms: pauseMs },
        'cannot use the event store; retrying until it works',
      );
      if (failing?.code === error.code) failing.retries += 1;
      else failing = { code: error.code, since: performance.now(), retries: 1 };
      await delay(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return null;
};
