import { type EventType, eventSchemas, isEvent } from '@mission-control/contracts';
import type { ProjectedEvent, Projection } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { useTimesOfSource } from './copied-log.ts';
import { addAuditEvents } from './events.ts';
import { forgetPayloadsOf, recordRemovals } from './removal.ts';
import { withoutRemoved } from './removed.ts';
import { projectResources } from './resources.ts';
import { forgetStatusesOf, keepNewestStatuses } from './statuses.ts';

/**
 * How far readers have read, how a copy got on, the list of a replay that may not have been requested in the end, and requests that were
 * rejected: none of it is a fact about what is known, configured or done, and the log does not keep all of it.
 */
const notAudited: readonly EventType[] = [
  'RelayLowWaterMarkMoved',
  'StewardPlaceMoved',
  'ReplaysPlaceMoved',
  'ReplayItemsListed',
  'LogCopyProgressed',
  'HiddenEventReplaced',
  'WebhookRequestRefused',
];

const auditedTypes = (Object.keys(eventSchemas) as EventType[]).filter((type) => !notAudited.includes(type));

/**
 * The audit index: every event without its content, and from when until when something existed. What the log no longer shows leaves it, so
 * a rebuild gives the same rows.
 */
export const auditProjection: Projection<ReadModels, 'audit'> = {
  name: 'audit',
  version: 1,
  filter: { types: auditedTypes },
  tables: ['audit_events', 'audit_resources', 'audit_removals'],
  // Answers from the index wait until it has what they are about.
  unhurried: auditedTypes,
  lingerMs: 250,
  apply: async (tx: Transaction<ReadModels>, events: readonly ProjectedEvent[]) => {
    const deleted = await projectResources(tx, events);
    const { remaining, removals } = await withoutRemoved(tx, events, deleted);
    let waiting: ProjectedEvent[] = [];
    for (const event of remaining) {
      waiting.push(event);
      if (!isEvent(event, 'LogRestored') || event.data.origin !== 'copy') continue;
      await addAuditEvents(tx, waiting);
      waiting = [];
      await useTimesOfSource(tx, event.position);
    }
    await addAuditEvents(tx, waiting);
    await recordRemovals(tx, removals);
    await forgetPayloadsOf(tx, deleted.webhooks);
    await forgetStatusesOf(tx, deleted.gateways);
    await keepNewestStatuses(tx, remaining);
  },
};
