export * from './migrations/migrate.ts';
export { type OpenReadModelsOptions, openReadModels } from './open.ts';
export { configurationProjection } from './projections/configuration/configuration.ts';
export { memoryProjection } from './projections/memory/memory.ts';
export { payloadsProjection } from './projections/payloads/payloads.ts';
export { rejectionsProjection } from './projections/rejections/rejections.ts';
export * from './queries/agents.ts';
export * from './queries/boards.ts';
export { InvalidCursor } from './queries/cursor.ts';
export * from './queries/deliveries.ts';
export * from './queries/memory.ts';
export * from './queries/openclaw-gateways.ts';
export type { Page, PageRequest } from './queries/page.ts';
export * from './queries/payloads.ts';
export * from './queries/rejections.ts';
export * from './queries/webhooks.ts';
export type { AgentRow, BoardRow, BoardWebhookRow, OpenclawGatewayRow } from './tables/configuration.ts';
export type { BoardMemoryRow } from './tables/memory.ts';
export type {
  BoardWebhookPayloadRow,
  DeliveryStatus,
  PayloadStatus,
  WebhookDeliveryRow,
  WebhookPayloadArrivalRow,
} from './tables/payloads.ts';
export type { ReadModels } from './tables/read-models.ts';
export type { WebhookRejectionRow } from './tables/rejections.ts';
