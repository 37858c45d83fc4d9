export { freePort } from '@mission-control/embedded-servers';
export {
  type EventStoreDbFake,
  type EventStoreDbFakeOptions,
  startEventStoreDbFake,
} from './eventstoredb/start.ts';
export type { ModelRequest, ModelServer } from './openclaw-gateway/model-server.ts';
export {
  type HistoryRow,
  noOpenClawGateway,
  startTestOpenClawGateway,
  type TestOpenClawGateway,
} from './openclaw-gateway/start.ts';
export type { ReceivedMessage } from './openclaw-simulator/chat-session.ts';
export { startControlServer } from './openclaw-simulator/control-server.ts';
export type { Fault, FaultMode } from './openclaw-simulator/faults.ts';
export { type RemoteOpenClawSimulator, remoteOpenClawSimulator } from './openclaw-simulator/remote.ts';
export { type SpawnedOpenClawSimulator, spawnOpenClawSimulator } from './openclaw-simulator/spawn.ts';
export {
  type OpenClawSimulator,
  type OpenClawSimulatorOptions,
  startOpenClawSimulator,
} from './openclaw-simulator/start.ts';
export { type AppendedEvent, Scene, type ScenePayload } from './scene/scene.ts';
export { type Guard, guardFolder } from './servers/guard.ts';
export { createTestDatabase, type TestDatabase } from './servers/test-database.ts';
export { startTestNats, type TestNats } from './servers/test-nats.ts';
export { startTestPostgres, type TestPostgres } from './servers/test-postgres.ts';
export { noRedisServer, startTestRedis, type TestRedis } from './servers/test-redis.ts';
export { waitFor } from './wait-for.ts';
