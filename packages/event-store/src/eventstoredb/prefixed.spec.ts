import { eventStoreConformance } from '../conformance/event-store-conformance.spec-support.ts';
import { bindFake } from './bind-fake.spec-support.ts';

eventStoreConformance('EventStoreDB, the fake, with a prefix', () => bindFake('acme'));
