import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkVersion } from './version.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mission-control-version-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
const recorded = () => JSON.parse(readFileSync(join(directory, 'VERSION'), 'utf8'));
const record = (content: string) => writeFileSync(join(directory, 'VERSION'), content);

test('a new directory is recorded with its version', () => {
  expect(checkVersion(directory, 18)).toBe(false);
  expect(recorded()).toEqual({ format: 2, postgres: 18 });
  expect(checkVersion(directory, 18)).toBe(true);
});

test('the embedded database may be used for the first time later', () => {
  checkVersion(directory, null);
  expect(recorded()).toEqual({ format: 2, postgres: null });
  checkVersion(directory, 18);
  expect(recorded()).toEqual({ format: 2, postgres: 18 });
});

test('data of an older format is accepted, and older versions refuse it from then on', () => {
  record('{"format":1,"postgres":18}');
  expect(checkVersion(directory, 18)).toBe(true);
  expect(recorded()).toEqual({ format: 2, postgres: 18 });
});

test.each([
  ['{"format":3,"postgres":18}', 'contains data of format 3'],
  ['{"format":1,"postgres":17}', 'contains data of Postgres 17'],
  ['half a fi', 'cannot be read'],
])('%s is rejected with advice, and kept', (content, message) => {
  record(content);
  expect(() => checkVersion(directory, 18)).toThrow(message);
  expect(() => checkVersion(directory, 18)).toThrow('DATA_DIR to another folder');
  expect(readFileSync(join(directory, 'VERSION'), 'utf8')).toBe(content);
});

test('a database of another major version is rejected even if the record is lost', () => {
  mkdirSync(join(directory, 'postgres'));
  writeFileSync(join(directory, 'postgres/PG_VERSION'), '16\n');
  expect(() => checkVersion(directory, 18)).toThrow('contains data of Postgres 16');
});
