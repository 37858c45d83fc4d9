import { join } from 'node:path';

/** A service that runs as a process of its own, from the same entry point as in production. */
export interface ServiceDefinition {
  readonly name: string;
  readonly program: string;
}

const names = ['admin-api', 'projector', 'relay', 'notifier', 'steward', 'gateway'] as const;

/** The gateway comes last, and goes first: nothing is taken in that the others are not there for. */
export const services: readonly ServiceDefinition[] = names.map((name) => ({
  name,
  program: join(import.meta.dirname, '../../..', name, 'dist/main.js'),
}));
