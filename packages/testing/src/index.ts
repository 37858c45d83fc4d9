export { createTestDatabase, type TestDatabase } from './servers/test-database.ts';
export { startTestNats, type TestNats } from './servers/test-nats.ts';
export { startTestPostgres, type TestPostgres } from './servers/test-postgres.ts';
export { waitFor } from './wait-for.ts';
