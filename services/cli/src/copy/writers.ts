import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, Position } from '@mission-control/event-store';
import { isCopied, streamOf } from '../log/own-streams.ts';
import { Refusal } from '../refusal.ts';

/**
 * Whether the installation appended something after the position. The head does not tell, because a log can be shared with other programs.
 */
const hasGrown = async (store: EventStore, after: Position | null): Promise<boolean> => {
  for await (const entry of store.readWholeLog(after ?? 'start')) if (isCopied(streamOf(entry))) return true;
  return false;
};

/** @throws Refusal if something was appended to the source after the position */
export const requireUnchangedSource = async (source: EventStore, since: Position | null): Promise<void> => {
  if (!(await hasGrown(source, since))) return;
  throw new Refusal(
    'source_active',
    'the source was written to during the copy: stop all services that use it, then run the same command again; it continues',
  );
};

/** The names under which services open the log. */
const services: readonly string[] = ['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'];

/** Only Postgres tells who is connected, by database. @throws Refusal if services are connected to one of the logs */
export const requireNoServices = async (source: EventStore, target: EventStore): Promise<void> => {
  for (const [log, code] of [
    [source, 'source_active'],
    [target, 'target_active'],
  ] as const) {
    const connected = (await log.otherClients()).filter((name) => services.includes(name));
    if (connected.length === 0) continue;
    throw new Refusal(
      code,
      `${connected.join(', ')} is connected to the database of the ${code === 'source_active' ? 'source' : 'target'}: stop all services. ` +
        'If these belong to another installation in the same database, use --ignore-connections',
    );
  }
};

/**
 * Waits, and finds out whether a service writes to one of the logs meanwhile. A service that has nothing to write is not noticed here. If it
 * writes before the copy is complete, `requireUnchangedSource` finds it.
 */
export const requireNoWriters = async (
  source: EventStore,
  target: EventStore,
  quietMs: number,
): Promise<void> => {
  const [from, to] = await Promise.all([source.head(), target.head()]);
  await delay(quietMs);
  if (await hasGrown(source, from?.position ?? null)) {
    throw new Refusal('source_active', 'services are writing to the source: stop all services that use it');
  }
  if (await hasGrown(target, to?.position ?? null)) {
    throw new Refusal('target_active', 'something is writing to the target: stop all services that use it');
  }
};
