import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../system/repository.ts';

export interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly secrets?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>> | readonly string[];
  readonly [other: string]: unknown;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks: Readonly<Record<string, { internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { file: string }>>;
}

export const composePath = join(repositoryRoot, 'docker-compose.yml');
export const eventStoreDbOverridePath = join(repositoryRoot, 'infra/docker/eventstoredb.compose.yml');

/** `${NAME}` and `${NAME:-default}`, as Compose replaces them. */
const interpolation = /\$\{([A-Z_]+)(?::-([^}]*))?\}/g;

const replaced = (part: unknown, env: Readonly<Record<string, string | undefined>>): unknown => {
  if (typeof part === 'string') {
    return part.replace(interpolation, (_, name: string, fallback = '') => env[name] || fallback);
  }
  if (Array.isArray(part)) return part.map((one) => replaced(one, env));
  if (part === null || typeof part !== 'object') return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, replaced(value, env)]));
};

/** The file as Compose sees it with these variables set: it parses the text first, and replaces variables in what it has parsed. */
export const readComposeFile = (
  path: string,
  env: Readonly<Record<string, string | undefined>> = {},
): ComposeFile => replaced(parse(readFileSync(path, 'utf8'), { merge: true }), env) as ComposeFile;

/** The variables of the operator that the file refers to. */
export const interpolatedIn = (path: string): string[] => [
  ...new Set([...readFileSync(path, 'utf8').matchAll(interpolation)].map(([, name = '']) => name)),
];

export const ourServices = ['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'] as const;

export const serviceIn = (file: ComposeFile, name: string): ComposeService => {
  const service = file.services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}.`);
  return service;
};
