/** @public for the telemetry that a service sends */
export { buildInfo } from './build-info.ts';
export * from './config/content-encryption.ts';
export * from './config/content-keys.ts';
export * from './config/event-store-url.ts';
export * from './config/load.ts';
export * from './config/variables.ts';
export * from './http/admin-body.ts';
export * from './http/api-error.ts';
export * from './http/bearer-tokens.ts';
export * from './http/client-errors.ts';
export * from './http/close-gracefully.ts';
export {
  createRequestObserver,
  type ObservedRequest,
  type ObserveRequest,
} from './http/observe-requests.ts';
export * from './http/request-id.ts';
export * from './keep-running.ts';
export * from './net/addresses.ts';
export { createLog, type Logger } from './observe/log.ts';
export { createMetrics, type Metrics } from './observe/metrics.ts';
export { checkReadiness, type ReadinessCheck } from './observe/readiness.ts';
export { Tally } from './observe/tally.ts';
export * from './observe/unreadable-secrets.ts';
export * from './service.ts';
export * from './text/invisible-ends.ts';
export { escapeUnsafe } from './text/unsafe-characters.ts';
