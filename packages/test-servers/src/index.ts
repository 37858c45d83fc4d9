export {
  noOpenClawGateway,
  startTestOpenClawGateway,
  type TestOpenClawGateway,
} from './openclaw-gateway/start.ts';
export { createTestDatabase, type TestDatabase, testPostgresVariable } from './test-database.ts';
export { startTestNats, type TestNats } from './test-nats.ts';
export { startTestPostgres } from './test-postgres.ts';
export { noRedisServer, startTestRedis, type TestRedis } from './test-redis.ts';
