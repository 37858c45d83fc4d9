export * from './as-of/configuration.ts';
export * from './as-of/payload.ts';
export { LiveReadModels, type Pin } from './live/live-read-models.ts';
export {
  migrateReadModels,
  migrationsOfNewerRelease,
  ReadModelsUnavailable,
  schemaIsCurrent,
} from './migrations/migrate.ts';
export { openReadModels } from './open.ts';
export * from './projections/projections.ts';
export * from './queries/agents.ts';
export * from './queries/arrivals.ts';
export * from './queries/audit.ts';
export {
  type AuditEvent,
  type AuditSubject,
  auditSubjects,
  findAuditEvent,
  listAuditEvents,
} from './queries/audit-events.ts';
export { listAuditTrail } from './queries/audit-trail.ts';
export * from './queries/boards.ts';
export { listCoalescedOf } from './queries/coalesced.ts';
export * from './queries/content-keys.ts';
export { cursorOf, InvalidCursor } from './queries/cursor.ts';
export * from './queries/deliveries.ts';
export * from './queries/erased.ts';
export * from './queries/installation.ts';
export * from './queries/memory.ts';
export * from './queries/openclaw-gateways.ts';
export { pairingCommand } from './queries/payload-status.ts';
export {
  findPayload,
  listPayloads,
  type Payload,
  searchPayloads,
} from './queries/payloads.ts';
export * from './queries/rejections.ts';
export * from './queries/replay-set.ts';
export * from './queries/replays.ts';
export * from './queries/retention.ts';
export * from './queries/webhooks.ts';
export type { AuditedKind } from './tables/audit.ts';
export type { BoardWebhookRow } from './tables/configuration.ts';
export type { BoardMemoryRow } from './tables/memory.ts';
export { deliveryStatuses, payloadStatuses, type WebhookPayloadArrivalRow } from './tables/payloads.ts';
export type { ReadModels } from './tables/read-models.ts';
export type { WebhookRejectionRow } from './tables/rejections.ts';
