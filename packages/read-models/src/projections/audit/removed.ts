import { streams } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditRemovalRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { removalsBy } from './removal.ts';

/**
 * Removal is final, so its place in the batch does not matter: no event of a removed payload is indexed, whether it comes before or after.
 * Nor is any of the payloads of a deleted webhook, or of what was removed of them: their streams are tombstoned.
 *
 * @param deletedWebhooks those that the batch deletes
 * @returns the events to index, and what they remove
 */
export const withoutRemoved = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
  deletedWebhooks: readonly string[],
): Promise<{ remaining: ProjectedEvent[]; removals: AuditRemovalRow[] }> => {
  const webhookIds = new Set<string>();
  const payloadIds = new Set<string>();
  const owners = events.map((event) => {
    const owner = ownerOf(event);
    if (owner) webhookIds.add(owner.webhookId);
    if (owner?.payloadId) payloadIds.add(owner.payloadId);
    return owner;
  });
  const gone = new Set(deletedWebhooks);
  if (webhookIds.size > 0) {
    for (const { id } of await selectGone(tx, [[...webhookIds], [...payloadIds]])) gone.add(id);
  }
  const present = events.flatMap((event, at) => {
    const owner = owners[at];
    return owner && gone.has(owner.webhookId) ? [] : [{ event, payloadId: owner?.payloadId }];
  });
  const removals = present.flatMap(({ event }) => removalsBy(event));
  for (const { id } of removals) gone.add(id);
  return {
    remaining: present.flatMap(({ event, payloadId }) =>
      payloadId !== undefined && gone.has(payloadId) ? [] : [event],
    ),
    removals,
  };
};

/** The webhook of an event in a stream that is tombstoned with its webhook; and its payload, if the stream is removed with that. */
const ownerOf = ({ stream, data }: ProjectedEvent): { webhookId: string; payloadId?: string } | undefined => {
  const { webhookId, payloadId } = data as { webhookId?: string | null; payloadId?: string | null };
  if (!webhookId) return undefined;
  if (stream === streams.removals(webhookId)) return { webhookId };
  if (!payloadId) return undefined;
  const isOfPayload = stream === streams.payloads(webhookId) || stream === streams.delivery(payloadId);
  return isOfPayload ? { webhookId, payloadId } : undefined;
};

const selectGone = statement<{ id: string }>(
  'select_gone_from_audit',
  `select id from audit_resources
    where kind = 'webhook' and id = any($1::uuid[]) and deleted_position is not null
    union all
   select id from audit_removals where id = any($2::uuid[])`,
);
