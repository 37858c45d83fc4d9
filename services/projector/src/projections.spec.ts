import { loadConfig } from '@mission-control/runtime';
import { expect, it } from 'vitest';
import { PROJECTIONS } from './projections.ts';

const chosen = (value?: string) =>
  loadConfig({ PROJECTIONS }, { PROJECTIONS: value }).PROJECTIONS.map((projection) => projection.name);

it('are all of them unless told', () => {
  expect(chosen()).toEqual(['configuration', 'payloads', 'memory', 'rejections']);
});

it('are those named', () => {
  expect(chosen('memory, configuration')).toEqual(['configuration', 'memory']);
});

it('must be known', () => {
  expect(() => chosen('memory,boards')).toThrow(
    'PROJECTIONS must name projections among configuration, payloads, memory, rejections. Example: PROJECTIONS=payloads,memory',
  );
});
