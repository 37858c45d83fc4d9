import { globSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './vitest/longest-first.ts';
import { SkippedAndTotals } from './vitest/reporter.ts';
import { serverNeeds } from './vitest/server-needs.ts';

// A full run uses larger sizes and writes a report.
const full = process.env.TEST_SIZE === 'full';

// Specs against a real OpenClaw gateway, which is set up only for them.
const openclaw = process.env.TEST_TARGET === 'openclaw';

const specs = globSync([
  'packages/*/src/**/*.spec.ts',
  'services/*/src/**/*.spec.ts',
  'tests/src/**/*.spec.ts',
  'vitest/*.spec.ts',
  'scripts/**/*.spec.mjs',
]).filter((spec) => spec.endsWith('.openclaw.spec.ts') === openclaw);
const needs = serverNeeds(import.meta.dirname, specs);

const specsThat = (matches: (need: string | null) => boolean): string[] =>
  specs.filter((spec) => matches(needs.get(spec) ?? null));
const system = 'the built system';

const totals = new SkippedAndTotals([...needs.values()]);

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['source'] },
  // Vitest also passes these to Node's own resolver, so 'import' must not be listed: it would also apply to require().
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: specsThat((need) => need === null),
          setupFiles: ['vitest/no-servers.ts'],
          env: { TEST_POSTGRES_URL: '' },
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: specsThat((need) => need !== null && need !== system),
          globalSetup: ['vitest/global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: specsThat((need) => need === system),
          globalSetup: ['vitest/global-setup.ts'],
        },
      },
    ],
    reporters: full
      ? ['default', ['json', { outputFile: 'reports/test-full.json' }], totals]
      : ['default', totals],
    sequence: { sequencer: LongestFirst },
    // Specs share their worker's modules: loading them for each would take a third of the run. What a test replaces in the process, such
    // as a clock, is restored before the next one.
    isolate: false,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    // On 2 cores: tests spend most of their time waiting, for servers, for notices, for retries. All projects have the same number, so that
    // none waits for the last spec of another one.
    maxWorkers: 6,
    // These limits only end tests that hang. They do not measure speed: a busy machine may need many times as long as an idle one.
    testTimeout: full ? 1_800_000 : 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
