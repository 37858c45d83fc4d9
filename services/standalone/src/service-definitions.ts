import { join } from 'node:path';

/** A service that runs as its own process, from the same entry point as in production. */
export interface ServiceDefinition {
  readonly name: string;
  readonly program: string;
  /** Nobody waits for its response: under load, it gets what processor time the others leave over. */
  readonly inBackground?: boolean;
}

const inBackground = ['projector', 'relay', 'notifier', 'steward'];
const names = ['admin-api', 'projector', 'relay', 'notifier', 'steward', 'gateway'] as const;

/** The gateway starts last and stops first, so that it accepts nothing while the other services are down. */
export const services: readonly ServiceDefinition[] = names.map((name) => ({
  name,
  program: join(import.meta.dirname, '../..', name, 'dist/main.js'),
  inBackground: inBackground.includes(name),
}));
