import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { adminApiVariables } from '../../../services/admin-api/src/config.ts';
import { gatewayVariables } from '../../../services/gateway/src/config.ts';
import { notifierVariables } from '../../../services/notifier/src/config.ts';
import { PROJECTIONS } from '../../../services/projector/src/projections.ts';
import { relayVariables } from '../../../services/relay/src/config.ts';
import { stewardVariables } from '../../../services/steward/src/config.ts';
import {
  type Container,
  helm,
  type Manifest,
  manifestsOf,
  needsHelm,
  podsOf,
  schemas,
  template,
  templateOf,
  valueSets,
} from './chart.spec-support.ts';

/** Variables that every service reads, and those of Node and OpenTelemetry. */
const common =
  /^(LOG_LEVEL|LOG_FORMAT|MANAGEMENT_(HOST|PORT)|EVENTSTORE_PREFIX|INSTALLATION_ID|NODE_\w+|OTEL_\w+|POD_NAME|TZ)$/;
const known: Record<string, object> = {
  gateway: gatewayVariables,
  'admin-api': adminApiVariables,
  projector: { PROJECTIONS, EVENTSTORE_URL: {}, DATABASE_URL: {}, ENCRYPTION_KEY: {} },
  relay: relayVariables,
  notifier: notifierVariables,
  steward: stewardVariables,
};
const kubernetesVersions = readdirSync(schemas).filter((file) => file.startsWith('kubernetes-'));

type Validator = (manifest: Manifest) => string[];
const validators = new Map<string, Validator>();

/** Says what is invalid in a manifest, by the schemas of a Kubernetes version and of the custom resources. */
const validatorOf = (file: string): Validator => {
  const validator = validators.get(file) ?? createValidator(file);
  validators.set(file, validator);
  return validator;
};

const createValidator = (file: string): Validator => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const types = new Map<string, ReturnType<Ajv['compile']>>();
  for (const name of [file, 'custom-resources.json']) {
    const { schemas: known, definitions } = JSON.parse(readFileSync(join(schemas, name), 'utf8'));
    for (const [type, schema] of Object.entries(known as Record<string, object>))
      types.set(type, ajv.compile({ ...schema, definitions }));
  }
  return (manifest: Manifest): string[] => {
    const type = `${manifest.apiVersion}/${manifest.kind}`;
    const validate = types.get(type);
    if (!validate) return [`${type} has no schema`];
    validate(manifest);
    const of = `${manifest.kind} ${manifest.metadata.name}`;
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${of}: ${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
};

const serviceContainers = (manifests: readonly Manifest[]): Container[] =>
  podsOf(manifests).flatMap(({ spec }) => spec.containers.filter(({ name }) => name in known));

describe('the chart', () => {
  beforeEach((context) => {
    if (!helm) context.skip(needsHelm);
  });

  describe.each(valueSets)('with %s', (valueSet) => {
    it('renders the same bytes twice', async () => {
      const [first, second] = await Promise.all([
        templateOf(valueSet),
        templateOf(valueSet, { again: true }),
      ]);
      expect(first.length).toBeGreaterThan(1_000);
      expect(second).toBe(first);
    });

    it(`is valid on ${kubernetesVersions.length} versions of Kubernetes`, async () => {
      const manifests = manifestsOf(await templateOf(valueSet));
      expect(kubernetesVersions).toHaveLength(3);
      for (const version of kubernetesVersions)
        expect(manifests.flatMap(validatorOf(version)), version).toEqual([]);
    });

    it('has no two objects of one name, and no Secret', async () => {
      const names = manifestsOf(await templateOf(valueSet)).map((one) => `${one.kind} ${one.metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      expect(names.filter((name) => name.startsWith('Secret '))).toEqual([]);
    });

    it('gives each service only variables that it knows', async () => {
      const containers = serviceContainers(manifestsOf(await templateOf(valueSet)));
      expect(new Set(containers.map(({ name }) => name))).toEqual(new Set(Object.keys(known)));
      for (const { name, env = [], args } of containers) {
        expect(args).toEqual([`services/${name}/dist/main.js`]);
        const given = env.map((one) => one.name.replace(/_FILE$/, '')).filter((one) => !common.test(one));
        const unknown = given.filter((one) => !(one in (known[name] ?? {})) && one !== 'NODE_IP');
        expect(unknown, name).toEqual([]);
      }
    });

    it('satisfies the Pod Security Standard restricted', async () => {
      for (const { name, spec } of podsOf(manifestsOf(await templateOf(valueSet)))) {
        expect(spec.automountServiceAccountToken, name).toBe(false);
        expect(spec.securityContext, name).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        for (const container of spec.containers) {
          expect(container.securityContext, name).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          expect(container.resources, name).toMatchObject({
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          });
        }
      }
    });

    it('ends no pod before its stop is over', async () => {
      for (const { name, spec } of podsOf(manifestsOf(await templateOf(valueSet)))) {
        for (const { env = [] } of spec.containers.filter((one) => one.name in known)) {
          const delay = env.find((one) => one.name === 'SHUTDOWN_DELAY_SECONDS')?.value ?? '0';
          expect(spec.terminationGracePeriodSeconds, name).toBeGreaterThan(Number(delay) + 8);
        }
      }
    });

    it('has no findings of kube-linter', async (context) => {
      const linter = process.env.KUBE_LINTER_BIN;
      if (!linter) return context.skip('needs kube-linter: set KUBE_LINTER_BIN, or npm run test:chart');
      const folder = mkdtempSync(join(tmpdir(), 'mission-control-chart-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      writeFileSync(join(folder, 'rendered.yaml'), await templateOf(valueSet));
      const { stdout } = await promisify(execFile)(linter, ['lint', '--format', 'plain', folder]);
      expect(stdout).toContain('No lint errors found!');
    });
  });

  it.each([
    ['replicaCount=2', 'replicaCount has been renamed: set gateway.replicas instead'],
    ['gateway.ingestRateLimit=1/1', 'set gateway.rejectionRateLimit instead'],
    ['defaults.extraEnv[0].name=NOTIFIER_RESUME_MAX_AGE', 'set the value openclaw.resumeMaxAgeSeconds'],
    ['gateway.replicaz=2', "at '/gateway': additional properties 'replicaz' not allowed"],
    ['trying.enabled=true,trying.kurrentdb=true', 'trying.kurrentdb needs secrets.eventStoreUrl'],
  ])('with %s fails and says why', async (setting, message) => {
    await expect(template('--set', `baseUrl=https://x.test,${setting}`)).rejects.toThrow(message);
  });

  it('without a base URL fails and says why', async () => {
    await expect(template()).rejects.toThrow("at '/baseUrl': '' does not match pattern");
  });

  it('gives every service the prefix and the id of the installation', async () => {
    const containers = serviceContainers(manifestsOf(await templateOf('eventstoredb-values.yaml')));
    expect(containers).toHaveLength(Object.keys(known).length);
    for (const { name, env } of containers) {
      expect(env, name).toContainEqual({ name: 'EVENTSTORE_PREFIX', value: 'acme' });
      expect(env, name).toContainEqual({
        name: 'INSTALLATION_ID',
        value: '0b6f4e5c-7a3d-4c52-9d0e-2f6a8f7b1c11',
      });
    }
  });

  it('sets no number of pods where an autoscaler does', async () => {
    const manifests = manifestsOf(await templateOf('production-values.yaml'));
    const replicas = Object.fromEntries(
      manifests
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ metadata, spec }) => [metadata.name.replace('mission-control-', ''), spec?.replicas]),
    );
    expect(replicas).toEqual({
      gateway: undefined,
      'admin-api': 3,
      projector: 2,
      relay: 2,
      notifier: undefined,
      steward: 2,
    });
  });
});
