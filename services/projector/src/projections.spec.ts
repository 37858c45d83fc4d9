import { loadConfig } from '@mission-control/runtime';
import { expect, it } from 'vitest';
import { PROJECTIONS } from './projections.ts';

const chosen = (value?: string) =>
  loadConfig({ PROJECTIONS }, { PROJECTIONS: value }).PROJECTIONS.map((projection) => projection.name);

it('selects all projections by default', () => {
  expect(chosen()).toEqual(['configuration', 'payloads', 'memory', 'rejections', 'replays', 'audit']);
});

it('selects the named projections', () => {
  expect(chosen('memory, configuration')).toEqual(['configuration', 'memory']);
});

it('rejects an unknown projection', () => {
  expect(() => chosen('memory,boards')).toThrow(
    'PROJECTIONS must be a comma-separated list of configuration, payloads, memory, rejections, replays, audit. Example: PROJECTIONS=payloads,memory',
  );
});
