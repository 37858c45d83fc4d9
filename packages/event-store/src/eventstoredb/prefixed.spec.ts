import { prefixedConformance } from '../conformance/event-store-conformance.spec-support.ts';
import { bindFake } from './bind-fake.spec-support.ts';

prefixedConformance('EventStoreDB, the fake, with a prefix', () => bindFake('acme'));
