import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

export const chart = fileURLToPath(
  new URL('../../../infra/kubernetes/mission-control-webhooks/', import.meta.url),
);
export const schemas = fileURLToPath(new URL('../../../infra/kubernetes/schemas/', import.meta.url));

/** The value sets in which the chart is rendered. */
export const valueSets: readonly string[] = readdirSync(join(chart, 'ci')).sort();
export const readChart = (path: string): string => readFileSync(join(chart, path), 'utf8');

export const helm = process.env.HELM_BIN;
export const needsHelm = 'needs Helm: npm run test:chart installs it';

const call = promisify(execFile);

/** Resolves to what `helm template` prints. @throws with the message of Helm */
export const template = async (...args: readonly string[]): Promise<string> => {
  if (!helm) throw new Error(needsHelm);
  const { stdout } = await call(helm, ['template', 'rel', chart, '--namespace', 'apps', ...args], {
    maxBuffer: 64 << 20,
  });
  return stdout;
};

const rendered = new Map<string, Promise<string>>();

/** What the chart renders with a value set. */
export const templateOf = (valueSet: string, options: { again?: boolean } = {}): Promise<string> => {
  const known = options.again ? undefined : rendered.get(valueSet);
  const result = known ?? template('--values', join(chart, 'ci', valueSet));
  rendered.set(valueSet, result);
  return result;
};

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  // Each kind has its own; the schemas say which.
  readonly spec?: Record<string, unknown>;
}

export const manifestsOf = (rendered: string): Manifest[] =>
  parseAllDocuments(rendered)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly resources: { readonly requests?: object; readonly limits?: object };
  readonly securityContext: Record<string, unknown>;
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Record<string, unknown>;
  readonly containers: readonly Container[];
}

/** The pods of the manifests, with the name of what creates them. */
export const podsOf = (manifests: readonly Manifest[]): { name: string; spec: PodSpec }[] =>
  manifests.flatMap(({ kind, metadata, spec }) => {
    if (kind === 'Pod') return [{ name: metadata.name, spec: spec as unknown as PodSpec }];
    const pod = (spec?.template as { spec: PodSpec } | undefined)?.spec;
    return pod ? [{ name: metadata.name, spec: pod }] : [];
  });
