import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { githubDelivery } from '../senders/github.ts';
import { postUntilAccepted } from '../senders/post.ts';
import { repositoryRoot } from '../system/repository.ts';
import { setScene } from '../system/scene.ts';
import { type RunningSystem, serviceNames, startSystem } from '../system/standalone.ts';

/** Metrics that this system has no reason to expose, by their beginning. Each is tested in the named spec. */
const exposedElsewhere: readonly [prefix: string, spec: string][] = [
  ['mission_control_rate_limit_redis_', 'services/gateway/src/ingest/redis-link.spec.ts'],
  ['mission_control_event_store_retries', 'packages/event-store/src/eventstoredb/adapter.spec.ts'],
  ['mission_control_event_store_reconnects', 'packages/event-store/src/eventstoredb/adapter.spec.ts'],
  ['mission_control_retention_deliveries_ended', 'services/steward/src/retention.spec.ts'],
  ['mission_control_delivery_attempts_failed', 'services/notifier/src/metrics.spec.ts'],
  ['mission_control_ingest_forwarding_headers', 'services/gateway/src/ingest/proof.spec.ts'],
];

interface Documented {
  readonly name: string;
  readonly type: string;
  readonly services: string;
}

/** The rows of the page's first table. A row may list several metrics. */
const documented = readFileSync(join(repositoryRoot, 'docs/operations/metrics.md'), 'utf8')
  .split('\n')
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter((cells) => cells.length >= 9 && cells[1]?.startsWith('`'))
  .flatMap(([, , names = '', type = '', , , services = '']): Documented[] =>
    [...names.matchAll(/`([a-z0-9_]+)`/g)].map(([, name = '']) => ({ name, type, services })),
  );

let system: RunningSystem;
let openclaw: OpenClawSimulator;

/** By service: name and type of each metric. */
const exposed = async (): Promise<Map<string, Map<string, string>>> => {
  const found = new Map<string, Map<string, string>>();
  for (const service of serviceNames) {
    const port = new RegExp(`"service":"${service}"[^\n]*?"management_port":(\\d+)`).exec(
      system.process.output(),
    );
    const text = await (await fetch(`http://127.0.0.1:${port?.[1]}/metrics`)).text();
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    found.set(service, new Map(types.map(([, name = '', type = '']) => [name, type])));
  }
  return found;
};

const isElsewhere = (name: string) => exposedElsewhere.some(([prefix]) => name.startsWith(prefix));
/** `all`, or the services that the cell names. */
const exposes = (service: string, { services }: Documented) =>
  services.startsWith('all') || new RegExp(`\\b${service}\\b`).test(services.replace(/\(.*?\)/g, ''));

beforeAll(async () => {
  openclaw = await startOpenClawSimulator();
  system = await startSystem();
  const scene = await setScene(system.admin, openclaw, 'Metrics');
  const webhook = await scene.webhook('github', 'Look at each push');
  const url = `${system.url}${webhook.endpoint_path}`;
  await postUntilAccepted(await githubDelivery(url, scene.secret, 'push', { n: 1 }));
  const wrong = await githubDelivery(url, 'wrong', 'push', { n: 2 });
  expect((await fetch(url, { method: 'POST', body: wrong.body, headers: wrong.headers })).status).toBe(403);
  await waitFor(async () => {
    const path = `${webhook.endpoint_path}/payloads?status=handled&limit=1`;
    return (await system.admin.get<{ total: number }>(path)).total === 1;
  });
});
afterAll(async () => {
  await system?.stop();
  await openclaw?.stop();
});

it('every metric of a service is on the page', async () => {
  const known = new Set(['target_info', ...documented.map(({ name }) => name)]);
  for (const [service, metrics] of await exposed()) {
    expect(
      [...metrics.keys()].filter((name) => !known.has(name)),
      service,
    ).toEqual([]);
  }
});

it('every metric on the page is exposed by its services, with its type', async () => {
  expect(documented.length).toBeGreaterThan(50);
  const missing = async () => {
    const found = await exposed();
    return documented
      .filter(({ name }) => !isElsewhere(name))
      .flatMap((metric) =>
        serviceNames
          .filter((service) => exposes(service, metric))
          .filter((service) => !metric.type.startsWith(found.get(service)?.get(metric.name) ?? 'missing'))
          .map((service) => `${service}: ${metric.name}`),
      );
  };
  // A rejection is recorded a moment after its answer.
  await expect.poll(missing).toEqual([]);
});
