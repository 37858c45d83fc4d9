import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noPromtool, promtool } from '../alerts/promtool.spec-support.ts';
import { configurationOf } from './configuration.spec-support.ts';

it('Prometheus accepts its configuration, with the alert rules that it names', async (context) => {
  context.skip(noPromtool !== null, noPromtool ?? '');
  const file = configurationOf('prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-prometheus-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(dirname(file), folder, { recursive: true });
  const inFolder = (await readFile(file, 'utf8')).replaceAll('/etc/prometheus/', `${folder}/`);
  await writeFile(join(folder, 'prometheus.yml'), inFolder);
  const said = await promtool(['check', 'config', join(folder, 'prometheus.yml')]);
  expect(said).toMatch(/SUCCESS: [1-9]\d* rules found/);
});
