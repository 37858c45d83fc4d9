import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repositoryRoot } from '../system/repository.ts';

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<
    Record<
      string,
      {
        'timeout-minutes': number;
        permissions?: unknown;
        steps: { uses?: string; run?: string; with?: object }[];
      }
    >
  >;
}

const folder = join(repositoryRoot, '.github/workflows');
const workflows = readdirSync(folder).map(
  (name) => [name, parse(readFileSync(join(folder, name), 'utf8')) as Workflow] as const,
);
const manifest = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.for(workflows)('the workflow %s', ([, workflow]) => {
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  test('may only read', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const job of jobs) expect(job.permissions).toBeUndefined();
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const checkout of checkouts) expect(checkout.with).toMatchObject({ 'persist-credentials': false });
  });

  test('pins every action to a version, and ends by itself', () => {
    for (const { uses } of steps)
      if (uses) expect(uses).toMatch(/^actions\/[a-z-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/);
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(90);
  });

  test('runs commands that exist', () => {
    for (const { run } of steps) {
      if (run) expect(Object.keys(manifest.scripts)).toContain(/^npm (?:run )?(\S+)/.exec(run)?.[1]);
    }
  });
});

test('the workflow runs the tests, those in containers, of the chart and with a collector, each in a job of its own', () => {
  const runs = workflows.flatMap(([, { jobs }]) =>
    Object.entries(jobs).map(([name, { steps }]) => [name, steps.flatMap(({ run }) => run ?? [])]),
  );
  expect(Object.fromEntries(runs)).toMatchObject({
    test: ['npm test'],
    containers: ['npm test -- tests/src/containers'],
    chart: ['npm run test:chart'],
    observability: ['npm run test:observability'],
  });
});

test('a release of a dependency waits a week, in the lock file as in Renovate', () => {
  const workspace = parse(readFileSync(join(repositoryRoot, 'pnpm-workspace.yaml'), 'utf8')) as {
    minimumReleaseAge: number;
  };
  const renovate = JSON.parse(readFileSync(join(repositoryRoot, 'renovate.json'), 'utf8')) as {
    minimumReleaseAge: string;
  };
  expect(`${workspace.minimumReleaseAge / 60 / 24} days`).toBe(renovate.minimumReleaseAge);
});
