import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboards as source } from '../../../infra/observability/grafana/source/dashboards.mjs';
import { serviceIn } from '../containers/compose-file.spec-support.ts';
import { compose, configurationOf, mountedAt } from './configuration.spec-support.ts';

const yamlOf = (file: string) => parse(readFileSync(file, 'utf8'));
const only = <Type>(values: readonly Type[]): Type => {
  expect(values).toHaveLength(1);
  return values[0] as Type;
};

/** Every value of the key, however deep. */
const valuesOf = (key: string, part: unknown): unknown[] => {
  if (part === null || typeof part !== 'object') return [];
  return Object.entries(part).flatMap(([name, value]) => [
    ...(name === key ? [value] : []),
    ...valuesOf(key, value),
  ]);
};

const collector = yamlOf(configurationOf('collector'));
const tempo = yamlOf(configurationOf('tempo'));
const loki = yamlOf(configurationOf('loki'));
const grafana = mountedAt('grafana', '/etc/grafana/provisioning');
const filesIn = (folder: string) => readdirSync(folder).map((name) => join(folder, name));

/** Where each server listens: by its own configuration, or by its default. */
const ports: Readonly<Record<string, readonly number[]>> = {
  tempo: [tempo.server.http_listen_port],
  loki: [loki.server.http_listen_port],
  prometheus: [9090],
};
const tempoOtlp = Number(tempo.distributor.receivers.otlp.protocols.grpc.endpoint.split(':')[1]);

/** The container that a host names has to share a network with the one that asks. */
const expectReachable = (from: string, host: string) => {
  const networks = serviceIn(compose, host).networks ?? [];
  expect(networks.some((network) => serviceIn(compose, from).networks?.includes(network))).toBe(true);
};

describe('the collector', () => {
  const exporters = collector.exporters as Record<string, { endpoint: string }>;

  it('sends to servers of docker-compose.yml, at the ports and paths where they take OTLP', () => {
    expect(Object.values(exporters).map(({ endpoint }) => endpoint)).toEqual([
      `tempo:${tempoOtlp}`,
      `http://loki:${ports.loki}/otlp`,
      `http://prometheus:${ports.prometheus}/api/v1/otlp`,
    ]);
    expect(serviceIn(compose, 'prometheus').command).toContain('--web.enable-otlp-receiver');
    for (const host of ['tempo', 'loki', 'prometheus']) expectReachable('collector', host);
  });
});

describe('Grafana', () => {
  const datasources = filesIn(join(grafana, 'datasources')).flatMap(
    (file) => yamlOf(file).datasources as { uid: string; type: string; url: string }[],
  );
  const uids = datasources.map(({ uid }) => uid);
  const provider = only(filesIn(join(grafana, 'dashboards')).flatMap((file) => yamlOf(file).providers));
  const dashboards = filesIn(mountedAt('grafana', provider.options.path)).map((file) => ({
    file,
    dashboard: JSON.parse(readFileSync(file, 'utf8')),
  }));

  it('has data sources that are servers of docker-compose.yml, at their ports', () => {
    expect(uids).toHaveLength(new Set(uids).size);
    for (const { url, type } of datasources) {
      const { hostname, port } = new URL(url);
      expect(hostname).toBe(type);
      expect(ports[hostname]).toContain(Number(port));
      expectReachable('grafana', hostname);
    }
  });

  it('links traces and logs by data sources that it has', () => {
    const linked = valuesOf('datasourceUid', datasources);
    expect(linked.length).toBeGreaterThan(1);
    for (const uid of linked) expect(uids).toContain(uid);
  });

  it('has the dashboards of the source', () => {
    expect(Object.fromEntries(dashboards.map(({ file, dashboard }) => [file, dashboard]))).toEqual(
      Object.fromEntries(
        Object.entries(source).map(([name, dashboard]) => [
          join(mountedAt('grafana', provider.options.path), `${name}.json`),
          JSON.parse(JSON.stringify(dashboard)),
        ]),
      ),
    );
  });

  it.each(dashboards)('has the data source of every panel, query and variable of $file', ({ dashboard }) => {
    const used = valuesOf('datasource', dashboard) as { type: string; uid: string }[];
    expect(used.length).toBeGreaterThan(10);
    const { list } = dashboard.templating as { list: { name: string; type: string; query: string }[] };
    for (const { type, uid } of used) {
      const variable = list.find(({ name }) => uid === `$${name}`);
      // A variable of this type offers the data sources that Grafana has.
      expect(variable?.type ?? '', uid).toBe('datasource');
      expect(variable?.query).toBe(type);
      expect(datasources.map((one) => one.type)).toContain(type);
    }
  });

  it.each(dashboards)('can tell $file, its panels and its queries apart', ({ dashboard }) => {
    const same = dashboards.filter((one) => one.dashboard.uid === dashboard.uid);
    expect(same).toHaveLength(1);
    const ids = dashboard.panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { title, targets } of dashboard.panels) {
      const letters = targets.map(({ refId }: { refId: string }) => refId);
      expect(new Set(letters).size, title).toBe(letters.length);
    }
  });
});
