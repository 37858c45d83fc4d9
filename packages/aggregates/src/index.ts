export * from './aggregate.ts';
export * from './cache.ts';
export { CheckpointedReader, type ReaderSession } from './checkpointed-reader.ts';
export * from './decide.ts';
export { endDeliveries } from './end-deliveries.ts';
export * from './lease.ts';
export * from './load.ts';
export * from './openclaw-gateway-status.ts';
export * from './stored-checkpoint.ts';
