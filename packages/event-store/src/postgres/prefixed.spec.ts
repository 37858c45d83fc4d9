import { prefixedConformance } from '../conformance/event-store-conformance.spec-support.ts';
import { bindPostgres } from './bind-postgres.spec-support.ts';

prefixedConformance('Postgres, with a prefix', () => bindPostgres('acme'));
