import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chart, readChart, valueSets } from './chart.spec-support.ts';
import { documentedValues, valuesTable } from './values-table.spec-support.ts';

const schema = JSON.parse(readChart('values.schema.json'));
const defaults = parse(readChart('values.yaml')) as Record<string, unknown>;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
const problemsOf = (values: object): string[] => {
  validate(values);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};
const baseUrl = 'https://hooks.acme.test';

describe('the values of the chart', () => {
  it('are all explained', () => {
    expect(documentedValues().filter(({ description }) => description === '')).toEqual([]);
    expect(documentedValues().length).toBeGreaterThan(100);
  });

  it('are documented as a table that is current', () =>
    expect(valuesTable()).toMatchFileSnapshot(join(chart, 'VALUES.md')));

  it('have defaults that are valid except for baseUrl, which has none', () => {
    expect(problemsOf(defaults)).toEqual(['/baseUrl must match pattern "^https?://[^\\s/]+"']);
    expect(problemsOf({ ...defaults, baseUrl })).toEqual([]);
  });

  it.each(valueSets)('%s is valid', (file) => {
    expect(problemsOf(parse(readChart(`ci/${file}`)))).toEqual([]);
  });

  it.each([
    [{ gateway: { replicaz: 2 } }, '/gateway must NOT have additional properties'],
    [{ gatway: {} }, ' must NOT have additional properties'],
    [{ gateway: { replicas: 'two' } }, '/gateway/replicas must be integer'],
    [{ gateway: { rateLimit: '100 per minute' } }, '/gateway/rateLimit must match pattern'],
    [{ gateway: { trustedProxies: ['ingress'] } }, '/gateway/trustedProxies/0 must match pattern'],
    [{ log: { level: 'verbose' } }, '/log/level must be equal to one of the allowed values'],
    [{ secrets: { natsUrl: { name: '' } } }, '/secrets/natsUrl/name must NOT have fewer than 1 characters'],
    [
      { projector: { split: [{ name: 'x', projections: ['webhooks'] }] } },
      '/projector/split/0/projections/0',
    ],
    [{ image: { digest: 'latest' } }, '/image/digest must match pattern'],
    [{ httpRoute: { enabled: true, parentRefs: [] } }, '/httpRoute/parentRefs must NOT have fewer than 1'],
  ])('%j is rejected', (values, problem) => {
    expect(problemsOf({ baseUrl, ...values }).join('\n')).toContain(problem);
  });

  it('that were renamed pass the schema, so that the template can name the new one', () => {
    const renamed = /define "mc.renamedValues" -}}\n([\s\S]*?)\n{{-/.exec(
      readChart('templates/_deprecations.tpl'),
    );
    const entries = Object.entries(parse(renamed?.[1] ?? '') as Record<string, string>);
    expect(entries.length).toBeGreaterThan(10);
    for (const [old, now] of entries) {
      const found = old
        .split('.')
        .reduce((node, key) => node.properties[key], schema as { properties: Record<string, never> });
      expect(found).toEqual({ deprecated: true, description: `Renamed: ${now}.` });
    }
  });
});

it('the alerts in the chart are those of infra/observability', (context) => {
  const source = join(chart, '../../observability/prometheus/rules');
  if (!existsSync(source)) context.skip('needs infra/observability/prometheus/rules');
  const read = (folder: string) =>
    Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  expect(read(join(chart, 'files/rules'))).toEqual(read(source));
});
