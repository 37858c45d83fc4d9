import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { z } from 'zod';
import type { remains } from '../http/remains.ts';

/** One request to erase the content of a payload. */
export interface Erasure {
  readonly id: string;
  readonly revisions: readonly number[];
  /** The keys are destroyed. */
  readonly completed: boolean;
  /** Arrivals that were stored in the clear, by revision; known once it is completed. */
  readonly unencrypted: readonly number[];
}

/** The erasures of a payload, oldest first. Reads what was removed from the webhook. */
export const erasuresOf = async (
  store: Pick<EventStore, 'readStream'>,
  { webhookId, payloadId }: { webhookId: string; payloadId: string },
): Promise<Erasure[]> => {
  const erasures = new Map<string, Erasure>();
  for await (const recorded of store.readStream(streams.removals(webhookId))) {
    const event = parseEvent(recorded);
    if (!isEvent(event, 'WebhookPayloadErased', 'WebhookPayloadErasureCompleted')) continue;
    if (event.data.payloadId !== payloadId) continue;
    if (event.type === 'WebhookPayloadErased') {
      const { revisions } = event.data;
      erasures.set(event.id, { id: event.id, revisions, completed: false, unencrypted: [] });
      continue;
    }
    const { erasureId, unencrypted } = event.data;
    const erasure = erasures.get(erasureId);
    if (erasure) erasures.set(erasureId, { ...erasure, completed: true, unencrypted });
  }
  return [...erasures.values()];
};

const dayMs = 86_400_000;

/**
 * What an erasure of content could not reach.
 *
 * @param unencrypted how many of the arrivals were stored in the clear
 * @param backupsKeptDays for how long the operator keeps backups; null: not known
 */
export const remainsOfContent = (
  unencrypted: number,
  backupsKeptDays: number | null,
  now: Date,
): z.infer<typeof remains> => [
  ...(unencrypted > 0
    ? [
        {
          where: 'event_store',
          what: `The body and headers of ${unencrypted === 1 ? '1 arrival that was' : `${unencrypted} arrivals that were`} stored in the clear, which no answer shows any more.`,
          until:
            "The webhook's retention truncates the payload stream beyond them, or the webhook is deleted. EventStoreDB and KurrentDB keep the " +
            'bytes on disk until the next scavenge after that.',
        } as const,
      ]
    : []),
  {
    where: 'services',
    what: 'The keys and the content, in the memory of running services.',
    until: 'At most a minute, and five minutes in gateways, after the keys are destroyed.',
  },
  {
    where: 'database',
    what: 'The former rows with content, and the former keys, in the free space and the write-ahead log of DATABASE_URL.',
    until:
      'Autovacuum frees the space and later rows overwrite it, or VACUUM FULL; the write-ahead log is recycled or archived.',
  },
  {
    where: 'agent_session',
    what: 'The message, if an agent was sent one.',
    until: 'The session is reset or deleted at its OpenClaw gateway.',
  },
  {
    where: 'backups',
    what: 'Whatever was backed up. A backup of the event store alone is unreadable without one of the content keys.',
    until:
      backupsKeptDays === null
        ? 'The backups are deleted.'
        : `Backups are deleted after ${backupsKeptDays} days (BACKUPS_KEPT_DAYS): ${new Date(now.getTime() + backupsKeptDays * dayMs).toISOString()}`,
  },
];
