import { streams } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { AuditRemovalRow } from '../../tables/audit.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { isOfPayload } from './events.ts';
import { removalsBy } from './removal.ts';
import type { Deleted } from './resources.ts';

/**
 * Removal is final, so its place in the batch does not matter: no event of a removed payload is indexed, whether it comes before or after.
 * Nor is any of the payloads of a deleted webhook, of what was removed of them, or of the status of a deleted OpenClaw gateway: their streams
 * are tombstoned.
 *
 * @param deleted what the batch deletes
 * @returns the events to index, and what they remove
 */
export const withoutRemoved = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
  deleted: Deleted,
): Promise<{ remaining: ProjectedEvent[]; removals: AuditRemovalRow[] }> => {
  const ownerIds = new Set<string>();
  const payloadIds = new Set<string>();
  const owners = events.map((event) => {
    const owner = ownerOf(event);
    if (owner) ownerIds.add(owner.id);
    if (owner?.payloadId) payloadIds.add(owner.payloadId);
    return owner;
  });
  const gone = new Set([...deleted.webhooks, ...deleted.gateways]);
  if (ownerIds.size > 0) {
    for (const { id } of await selectGone(tx, [[...ownerIds], [...payloadIds]])) gone.add(id);
  }
  const present = events.flatMap((event, at) => {
    const owner = owners[at];
    return owner && gone.has(owner.id) ? [] : [{ event, payloadId: owner?.payloadId }];
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

/** What an event's stream is tombstoned with: a webhook or an OpenClaw gateway; and its payload, if the stream is removed with that. */
const ownerOf = (event: ProjectedEvent): { id: string; payloadId?: string } | undefined => {
  const { stream } = event;
  const { webhookId, payloadId, gatewayId } = event.data as Readonly<
    Record<string, string | null | undefined>
  >;
  if (!webhookId)
    return gatewayId && stream === streams.openclawGatewayStatus(gatewayId) ? { id: gatewayId } : undefined;
  if (stream === streams.removals(webhookId) || stream === streams.coalesced(webhookId))
    return { id: webhookId };
  return payloadId && isOfPayload(event) ? { id: webhookId, payloadId } : undefined;
};

const selectGone = statement<{ id: string }>(
  'select_gone_from_audit',
  `select id from audit_resources
    where kind in ('webhook', 'gateway') and id = any($1::uuid[]) and deleted_position is not null
    union all
   select id from audit_removals where id = any($2::uuid[])`,
);
