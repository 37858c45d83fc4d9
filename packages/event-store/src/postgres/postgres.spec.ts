import { eventStoreConformance } from '../conformance/event-store-conformance.spec-support.ts';
import { bindPostgres } from './bind-postgres.spec-support.ts';

eventStoreConformance('Postgres', () => bindPostgres());
