import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildInfo, versionLine } from './build-info.ts';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('the version is that of the package, the revision that of the environment', () => {
  expect(buildInfo({ MISSION_CONTROL_REVISION: '0123abc' })).toEqual({
    version: manifest.version,
    revision: '0123abc',
  });
});

test('without a variable, the revision is the noted commit or unknown, never empty', () => {
  expect(buildInfo({ MISSION_CONTROL_REVISION: '' }).revision).toMatch(/^(unknown|[0-9a-f]{40}(-dirty)?)$/);
});

test('the version line names service, version and revision', () => {
  expect(versionLine('relay', { version: '1.2.0', revision: '0123abc' })).toBe(
    'relay 1.2.0 (revision 0123abc)',
  );
});
