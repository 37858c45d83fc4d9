import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Runs the files with Vitest and the reporter. Resolves to the lines of both streams. */
const report = async (files: Record<string, string>): Promise<{ lines: string[]; errors: string[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-reporter-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = `
    import { SkippedAndTotals } from ${JSON.stringify(join(root, 'vitest/reporter.ts'))};
    export default {
      test: { globals: true, include: ['*.spec.mjs'], maxWorkers: 1, reporters: [new SkippedAndTotals([])] },
    };`;
  for (const [name, text] of Object.entries({ 'vitest.config.mjs': config, ...files }))
    writeFileSync(join(folder, name), text);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [vitest, 'run', '--root', folder], (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    );
  });
  return { lines: stdout.trimEnd().split('\n'), errors: stderr.trimEnd().split('\n') };
};

test('counts a suite whose hook failed, says why, and does not list its tests as skipped', async () => {
  const { lines } = await report({
    'one.spec.mjs': `
      describe('a suite', () => {
        beforeAll(() => { throw new Error('no server'); });
        test('one', () => {});
        describe('within', () => test('two', () => {}));
      });
      test('passes', () => {});
      test('waits', (context) => context.skip('needs patience'));`,
    'two.spec.mjs': `
      beforeAll(() => { throw new Error('no file'); });
      test('three', () => {});`,
  });
  expect(lines).toContain('  one.spec.mjs > a suite (2 tests not run)');
  expect(lines).toContain('    no server');
  expect(lines).toContain('  two.spec.mjs (1 test not run)');
  expect(lines).toContain('    no file');
  expect(lines).toContain('  one.spec.mjs > waits: needs patience');
  expect(lines.at(-1)).toBe('1 passed, 2 failed, 1 skipped');
});

test('prints the whole message of a property, and what did not hold, at once and at the end', async () => {
  const { lines, errors } = await report({
    'one.spec.mjs': `
      test('a property', () => {
        const message = 'Property failed after 3 tests\\n{ seed: 7, path: "2", endOnFailure: true }\\nCounterexample: ["a"]';
        throw new Error(message, { cause: new Error('expected a to be b') });
      });`,
  });
  const expected = [
    'Failed:',
    '  one.spec.mjs > a property',
    '    Property failed after 3 tests',
    '    { seed: 7, path: "2", endOnFailure: true }',
    '    Counterexample: ["a"]',
    expect.stringMatching(/^ {4}at .*one\.spec\.mjs:4$/),
    '    expected a to be b',
  ];
  expect(errors.slice(0, expected.length)).toEqual(expected);
  expect(lines.slice(0, expected.length)).toEqual(expected);
  expect(lines.at(-1)).toBe('0 passed, 1 failed, 0 skipped');
});
