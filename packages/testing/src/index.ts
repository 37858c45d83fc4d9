export { freePort } from '@mission-control/embedded-servers';
export {
  type EventStoreDbFake,
  type EventStoreDbFakeOptions,
  startEventStoreDbFake,
} from './eventstoredb/start.ts';

export {
  noOpenClawGateway,
  startTestOpenClawGateway,
  type TestOpenClawGateway,
} from './openclaw-gateway/start.ts';

export type { Fault } from './openclaw-simulator/faults.ts';

export {
  type OpenClawSimulator,
  type OpenClawSimulatorOptions,
  startOpenClawSimulator,
} from './openclaw-simulator/start.ts';
export { type AppendedEvent, Scene, type ScenePayload } from './scene/scene.ts';
export { type Guard, guardFolder } from './servers/guard.ts';
export { createTestDatabase, type TestDatabase } from './servers/test-database.ts';
export { startTestNats, type TestNats } from './servers/test-nats.ts';

export { noRedisServer, startTestRedis, type TestRedis } from './servers/test-redis.ts';
export { waitFor } from './wait-for.ts';
