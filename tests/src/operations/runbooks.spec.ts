import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';

const operations = join(repositoryRoot, 'docs/operations');
const runbooks = join(operations, 'runbooks');
const dashboards = join(repositoryRoot, 'infra/observability/grafana/dashboards');
const rulesFile = join(repositoryRoot, 'infra/observability/prometheus/rules/mission-control.yml');
const rules = readFileSync(rulesFile, 'utf8');

const filesIn = (folder: string, extension: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .map((name) => join(folder, name));

const runbookFiles = filesIn(runbooks, '.md');
const pages = [...filesIn(operations, '.md'), ...runbookFiles];
const named = (files: readonly string[]) =>
  files.map((file) => [relative(repositoryRoot, file), file] as const);

/** The alerts with the runbooks that they link. */
const alerts = rules
  .split(/^ +- alert: /m)
  .slice(1)
  .map((rule) => ({
    alert: /^\w+/.exec(rule)?.[0],
    runbook: /docs\/operations\/runbooks\/([\w-]+\.md)/.exec(rule)?.[1],
  }));

/** Names in /metrics that docs/operations/metrics.md lists: its second column. */
const listed = new Set(
  readFileSync(join(operations, 'metrics.md'), 'utf8')
    .split('## Former names')[0]
    ?.split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name)),
);

const ownMetric =
  /\b(?:mission_control|http_server|db_client|messaging_client|process|v8js|nodejs|system_filesystem)_[a-z0-9_]*[a-z0-9]/g;

/** Words of our prefixes that are labels or names in Postgres, not metrics. */
const otherWords = new Set(['system_filesystem_state', 'system_filesystem_mountpoint', 'mission_control']);

const isListed = (name: string) => listed.has(name) || listed.has(name.replace(/_(?:bucket|sum|count)$/, ''));

/** What a runbook's command greps for stands for the metrics that begin with it. */
const beginsListed = (name: string) => [...listed].some((metric) => metric?.startsWith(`${name}_`));

const unlistedIn = (text: string) => [
  ...new Set(
    [...text.matchAll(ownMetric)].map(([name]) => name).filter((n) => !otherWords.has(n) && !isListed(n)),
  ),
];

describe('alerts and runbooks', () => {
  test('each alert links a runbook that names it, and each runbook has an alert', () => {
    expect(alerts.length).toBeGreaterThan(15);
    expect(alerts.map(({ runbook }) => runbook).sort()).toEqual(
      runbookFiles.map((file) => basename(file)).sort(),
    );
    for (const { alert, runbook } of alerts) {
      const [title] = readFileSync(join(runbooks, String(runbook)), 'utf8').split('\n');
      expect(title).toBe(`# ${alert}`);
    }
  });

  test.each(named(runbookFiles))('%s has the four sections', (_, file) => {
    const sections = [...readFileSync(file, 'utf8').matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(['Meaning', 'Impact', 'Diagnosis', 'Mitigation']);
  });

  test('the index links every page', () => {
    const index = readFileSync(join(operations, 'README.md'), 'utf8');
    const missing = pages
      .map((file) => relative(operations, file))
      .filter((path) => path !== 'README.md' && !index.includes(`](${path})`));
    expect(missing).toEqual([]);
  });
});

test.each(named(pages))('the links of %s lead to files that exist', (_, file) => {
  const targets = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => String(target))
    .filter((target) => !/^(?:https?:|#)/.test(target));
  const broken = targets.filter((target) => !existsSync(join(dirname(file), target.split('#')[0] ?? '')));
  expect(broken).toEqual([]);
});

describe('metrics that do not exist are named nowhere', () => {
  test('the list is read', () => {
    expect(listed).toContain('mission_control_ready');
    expect(unlistedIn('mission_control_invented_total')).toEqual(['mission_control_invented_total']);
  });

  test.each(named([rulesFile, ...filesIn(dashboards, '.json'), ...runbookFiles]))('%s', (_, file) => {
    const unlisted = unlistedIn(readFileSync(file, 'utf8'));
    expect(file.endsWith('.md') ? unlisted.filter((name) => !beginsListed(name)) : unlisted).toEqual([]);
  });
});
