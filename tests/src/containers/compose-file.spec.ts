import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { DCLinter } from 'dclint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from '../system/repository.ts';
import {
  type ComposeFile,
  composePath,
  eventStoreDbOverridePath,
  interpolatedIn,
  ourServices,
  readComposeFile,
  serviceIn,
} from './compose-file.spec-support.ts';

const file = readComposeFile(composePath);
const override = readComposeFile(eventStoreDbOverridePath);
const services = Object.entries(file.services);
const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');

const files = [
  ['docker-compose.yml', composePath],
  ['its override for EventStoreDB', eventStoreDbOverridePath],
] as const;

test.for(files)('%s is valid by the current schema of Compose', ([, path]) => {
  // dclint carries the schema, but looks at a file before its anchors are merged.
  const schema = join(
    dirname(fileURLToPath(import.meta.resolve('dclint/package.json'))),
    'schemas/compose.schema.json',
  );
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const { $schema, ...definitions } = JSON.parse(readFileSync(schema, 'utf8')) as { $schema: string };
  expect($schema).toContain('draft-07');
  const isValid = ajv.compile(definitions);
  isValid(readComposeFile(path));
  expect(isValid.errors).toBeNull();
  const wrong = { services: { gateway: { image: 'a', restarts: 'always' } } };
  expect(isValid(wrong)).toBe(false);
});

test.for(files)('%s has no findings of the Compose linter', ([, path]) => {
  const linter = new DCLinter({
    rules: {
      'no-duplicate-container-names': 2,
      'no-duplicate-exported-ports': 2,
      'no-quotes-in-volumes': 2,
      'no-version-field': 2,
      'require-quotes-in-ports': [2, { quoteType: 'double' }],
      'service-image-require-explicit-tag': 2,
      'no-build-and-image': 0,
      'no-unbound-port-interfaces': 0,
      'require-project-name-field': 0,
      'service-container-name-regex': 0,
      'service-dependencies-alphabetical-order': 0,
      'service-keys-order': 0,
      'service-ports-alphabetical-order': 0,
      'services-alphabetical-order': 0,
      'top-level-properties-order': 0,
    },
    exclude: [],
    debug: false,
    quiet: true,
  });
  expect(
    linter.lintFiles([path], false).flatMap(({ messages }: { messages: readonly unknown[] }) => messages),
  ).toEqual([]);
});

test('Compose itself reads both files together', async ({ skip }) => {
  const program = process.env.DOCKER_COMPOSE_BIN;
  if (!program) return skip('needs docker-compose, which npm test unpacks where the distribution has it');
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-compose-'));
  try {
    // The first Compose does not know the name of a project.
    const readable = join(folder, 'docker-compose.yml');
    writeFileSync(readable, readFileSync(composePath, 'utf8').replace(/^name: .*$/m, ''));
    const args = [
      '--project-directory',
      repositoryRoot,
      '--file',
      readable,
      '--file',
      eventStoreDbOverridePath,
    ];
    const { stdout } = await promisify(execFile)(program, [...args, 'config'], { cwd: repositoryRoot });
    const merged = parse(stdout) as ComposeFile;
    expect(merged.services['event-store']?.image).toBe(override.services['event-store']?.image);
    expect(merged.services.gateway?.environment).toMatchObject(serviceIn(file, 'gateway').environment ?? {});
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('every service of the system runs, from the same image', () => {
  for (const name of ourServices) {
    expect(serviceIn(file, name).image).toBe(serviceIn(file, 'gateway').image);
    expect(serviceIn(file, name).command).toEqual([`services/${name}/dist/main.js`]);
  }
});

describe('scaling', () => {
  test('no container has a fixed name', () => {
    for (const [name, service] of services) expect(service, name).not.toHaveProperty('container_name');
  });

  test('only the proxy is published to the network, and observability to this machine', () => {
    const published = services.filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name).sort()).toEqual(['grafana', 'prometheus', 'proxy']);
    for (const [name, { ports = [] }] of published.filter(([name]) => name !== 'proxy')) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
  });

  test('no two containers of a scaled service share a volume', () => {
    for (const name of ourServices) expect(serviceIn(file, name)).not.toHaveProperty('volumes');
  });

  test('the gateways trust the network that they share with the proxy only', () => {
    const members = services.filter(([, { networks = [] }]) => networks.includes('edge'));
    expect(members.map(([name]) => name).sort()).toEqual(['gateway', 'proxy']);
    const subnet = (file.networks.edge as { ipam: { config: { subnet: string }[] } }).ipam.config[0]?.subnet;
    expect(serviceIn(file, 'gateway').environment?.TRUSTED_PROXIES).toBe(subnet);
  });
});

describe('isolation', () => {
  test('stores and services without business outside have no way out', () => {
    expect(file.networks.stores?.internal).toBe(true);
    expect(file.networks.edge?.internal).toBe(true);
    const withWayOut = services.filter(([, { networks = [] }]) => networks.includes('public'));
    expect(withWayOut.map(([name]) => name).sort()).toEqual([
      'admin-api',
      'demo',
      'grafana',
      'notifier',
      'prometheus',
      'proxy',
    ]);
  });

  test('our services run read-only, without capabilities, restartable and with limits', () => {
    for (const name of ourServices) {
      expect(serviceIn(file, name), name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
      });
    }
  });

  test('every container has limits, and logs that cannot fill the disk', () => {
    for (const [name, service] of services) {
      expect(service, name).toMatchObject({
        deploy: { resources: { limits: { cpus: expect.any(String), memory: expect.any(String) } } },
        logging: { options: { 'max-size': '10m' } },
      });
    }
  });

  test('what follows the log gets a tenth of the processor time of those that somebody waits for', () => {
    const inBackground = services.filter(([, { cpu_shares }]) => cpu_shares !== undefined);
    expect(inBackground.map(([name]) => name).sort()).toEqual([
      'nats',
      'notifier',
      'projector',
      'relay',
      'steward',
    ]);
    for (const [name, { cpu_shares }] of inBackground) expect(cpu_shares, name).toBe(102);
  });

  test('a service gets only the secrets that it reads', () => {
    for (const name of ourServices) {
      const { environment = {}, secrets = [] } = serviceIn(file, name);
      const read = Object.entries(environment).filter(([variable]) => variable.endsWith('_FILE'));
      expect(read.map(([, path]) => path).sort()).toEqual(secrets.map((one) => `/run/secrets/${one}`).sort());
    }
  });
});

describe('references', () => {
  test('every image is pinned to a version', () => {
    const images = [...services, ...Object.entries(override.services)].map(([, { image }]) => image);
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$|:18\.\d+-bookworm$/);
  });

  test('every secret has a file that the script writes, and is used', () => {
    const script = read('infra/docker/generate-secrets.sh');
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(file.secrets).sort());
    for (const name of used) expect(script).toContain(`write ${name} `);
  });

  test('every named volume is declared, and used', () => {
    for (const { services, volumes } of [file, override]) {
      const used = Object.values(services)
        .flatMap((service) => service.volumes ?? [])
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((source) => !source.startsWith('.'));
      expect([...new Set(used)].sort()).toEqual(Object.keys(volumes).sort());
    }
  });

  test('every mounted file and folder of the repository exists', () => {
    const mounted = services
      .flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''))
      .filter((source) => source.startsWith('./'));
    expect(mounted.length).toBeGreaterThan(0);
    for (const source of mounted) expect(existsSync(join(dirname(composePath), source)), source).toBe(true);
  });

  test('every variable that the operator can set is documented', () => {
    const documented = [read('README.md'), read('.env.example'), read('docs/operations/install.md')].join(
      '\n',
    );
    const settings = ourServices.flatMap((name) => Object.keys(serviceIn(file, name).environment ?? {}));
    for (const name of new Set([...interpolatedIn(composePath), ...settings])) {
      expect(new RegExp(`\\b${name.replace(/_FILE$/, '')}\\b`).test(documented), name).toBe(true);
    }
  });
});

describe('the profile observability', () => {
  const prometheus = parse(read('infra/observability/prometheus/prometheus.yml')) as {
    rule_files: string[];
    scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[];
  };

  test('starts each server with a file that is mounted', () => {
    for (const name of ['collector', 'prometheus', 'tempo', 'loki']) {
      const { command = [], volumes = [] } = serviceIn(file, name);
      const [, path = ''] = /config\.?(?:file)?=(\S+)/.exec(command.join(' ')) ?? [];
      const [source = '', target = ''] = volumes.find((one) => one.startsWith('./'))?.split(':') ?? [];
      expect(path.startsWith(`${target}/`), name).toBe(true);
      expect(existsSync(join(repositoryRoot, source, path.slice(target.length))), path).toBe(true);
    }
  });

  test('scrapes every container of every service, and loads the alert rules', () => {
    const targets = prometheus.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs);
    expect(targets.map(({ names, port }) => [names, port])).toEqual(
      ourServices.map((name, n) => [[name], 9100 + n]),
    );
    expect(prometheus.rule_files).toEqual(['/etc/prometheus/rules/*.yml']);
    expect(read('infra/observability/prometheus/rules/mission-control.yml')).toContain('alert:');
    for (const name of ourServices)
      expect(serviceIn(file, name).networks).toContain(serviceIn(file, 'prometheus').networks?.[0]);
  });

  test('is turned on by the documented command, which sends traces and logs to the collector', () => {
    const page = read('docs/operations/install.md');
    const [, name = '', endpoint = ''] =
      /^(OTEL_\w+)=(\S+) docker compose --profile observability up/m.exec(page) ?? [];
    const { host, port } = new URL(endpoint);
    expect(host).toBe(`collector:${port}`);
    const receiver = parse(read('infra/observability/collector/collector.yml')).receivers.otlp.protocols.http;
    expect(receiver.endpoint).toBe(`0.0.0.0:${port}`);
    const on = readComposeFile(composePath, { [name]: endpoint });
    for (const service of ourServices) {
      expect(serviceIn(on, service).environment).toMatchObject({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_METRICS_EXPORTER: 'none',
      });
      expect(serviceIn(file, service).environment).toMatchObject({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
    }
  });
});

describe('the event stores', () => {
  const limits = [
    ['KurrentDB', serviceIn(file, 'event-store').environment?.KURRENTDB_MAX_APPEND_SIZE],
    ['KurrentDB, one event', serviceIn(file, 'event-store').environment?.KURRENTDB_MAX_APPEND_EVENT_SIZE],
    ['EventStoreDB', override.services['event-store']?.environment?.EVENTSTORE_MAX_APPEND_SIZE],
  ] as const;

  test.for(limits)(
    '%s takes an event with the largest payload, and its limit is one that it accepts',
    ([, limit]) => {
      const largestPayload = Number(serviceIn(file, 'gateway').environment?.WEBHOOK_MAX_PAYLOAD_BYTES);
      expect(Number(limit)).toBeGreaterThanOrEqual((largestPayload * 4) / 3 + 65_536);
      expect(Number(limit)).toBeLessThanOrEqual(16_767_216);
    },
  );

  test('the scavenger and its server are the same image', () => {
    for (const one of [file, override]) {
      expect(serviceIn(one, 'scavenger').image).toBe(serviceIn(one, 'event-store').image);
    }
  });
});
