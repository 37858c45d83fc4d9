import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  composePath,
  ourServices,
  readComposeFile,
  serviceIn,
} from '../containers/compose-file.spec-support.ts';
import { repositoryRoot } from '../system/repository.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const compose = readComposeFile(composePath);
const values = parse(read('infra/kubernetes/mission-control-webhooks/values.yaml'));

/** The page's table of limits: by service, its cells. */
const rows = new Map(
  (read('docs/operations/sizing.md').split('## Limits of memory\n')[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, service = '', ...cells]) => [service.toLowerCase().replace(' ', '-'), cells] as const),
);

/** `1 GiB`, `768 MiB`, `512M`, `1G`, `768Mi` or `1Gi` in MiB. Compose counts in powers of two. */
const mebibytes = (text: string) => {
  const [, number = '', unit] = /^(\d+) ?([MG])i?B?$/.exec(text) ?? [];
  return Number(number) * (unit === 'G' ? 1024 : 1);
};

test.each(ourServices)('the sizing page states the limits of %s, which fit what was measured', (name) => {
  const [measured = '', inCompose = '', inChart = ''] = rows.get(name) ?? [];
  const { deploy } = serviceIn(compose, name) as unknown as {
    deploy: { resources: { limits: { memory: string } } };
  };
  const ofChart = values[name === 'admin-api' ? 'adminApi' : name].resources.limits.memory;
  expect(mebibytes(inCompose)).toBeGreaterThan(0);
  expect(mebibytes(deploy.resources.limits.memory)).toBe(mebibytes(inCompose));
  expect(mebibytes(ofChart)).toBe(mebibytes(inChart));
  const [, most] = /^(\d+) MiB/.exec(measured) ?? [];
  // A quarter of room.
  if (most) expect(Math.min(mebibytes(inCompose), mebibytes(inChart))).toBeGreaterThan(1.25 * Number(most));
});
