import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';
import { noPromtool, promtool } from './promtool.spec-support.ts';

const prometheus = join(repositoryRoot, 'infra/observability/prometheus');
const files = (pattern: string) =>
  globSync(pattern, { cwd: prometheus }).map((file) => join(prometheus, file));

describe('the alert rules', () => {
  it('are valid', async (context) => {
    context.skip(noPromtool !== null, noPromtool ?? '');
    const rules = files('rules/*.yml');
    expect(rules).not.toEqual([]);
    // The linter would only warn of duplicates.
    await promtool(['check', 'rules', '--lint-fatal', ...rules]);
  });

  for (const file of files('tests/*.yml')) {
    it(`do what ${relative(prometheus, file)} says`, async (context) => {
      context.skip(noPromtool !== null, noPromtool ?? '');
      await promtool(['test', 'rules', file]);
    });
  }
});
