import { streams } from '@mission-control/contracts';
import { type Kysely, sql } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import {
  type AuditEvent,
  hasCorrelation,
  isUuid,
  type KeysetRequest,
  pageInOrder,
  positionOf,
  type Subject,
} from './audit-events.ts';
import type { Page } from './page.ts';

/**
 * Everything connected with a subject, in log order: its own events (of a payload, all that name it, and the one that removed it; otherwise
 * those of its streams), everything else with their correlation ids, and the events that caused them.
 */
export const listAuditTrail = async (
  db: Kysely<ReadModels>,
  subject: Subject,
  request: KeysetRequest,
): Promise<Page<AuditEvent>> => {
  const own =
    subject.kind === 'payload'
      ? sql`(payload_id = ${subject.id}::uuid
             or event_id = any(${coalescedWith(subject.id)}) or payload_id = any(${coalescedWith(subject.id)})
             or position = any(array(select position from audit_removals where id = ${subject.id}::uuid)))`
      : sql`stream in (${sql.join(ownStreams[subject.kind](subject.id))})`;
  const connected = sql<bigint>`(
    with own as materialized (
      select position, correlation_id, causation_id from audit_events where ${own})
    select position from own
    union
    select other.position from (select distinct correlation_id from own) of
      join audit_events other on ${hasCorrelation('other', sql.ref('of.correlation_id'))}
    union
    select cause.position
      from (select distinct causation_id::uuid as id from own where causation_id ~ ${isUuid.source}) caused
      join audit_events cause on cause.event_id = caused.id)`;
  const all = db.selectFrom('audit_events').where('position', 'in', connected);
  const page = request.cursor === undefined ? all : all.where('position', '>', positionOf(request.cursor));
  return pageInOrder(page, request);
};

const ownStreams = {
  webhook: (id: string) => [streams.webhook(id), streams.removals(id)],
  agent: (id: string) => [streams.agent(id)],
  board: (id: string) => [streams.board(id)],
  gateway: (id: string) => [streams.openclawGateway(id), streams.openclawGatewayStatus(id)],
} as const;

/** The events that name a payload together with others; their deliveries name them as the payload. */
const coalescedWith = (payloadId: string) =>
  sql`array(select coalesced_id from webhook_coalesced_payloads where payload_id = ${payloadId}::uuid)`;
