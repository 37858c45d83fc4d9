import { configDefaults, defineConfig } from 'vitest/config';

// The sizes that a full run takes, and the record of what they were.
const full = process.env.TEST_SIZE === 'full';

// Specs against a real OpenClaw gateway, which is set up for them alone.
const openclaw = process.env.TEST_TARGET === 'openclaw';
const openclawSpecs = '**/*.openclaw.spec.ts';

const totals = './vitest/reporter.ts';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['source'] },
  // Vitest hands these to Node's own resolver as well, so 'import' must not stand here: it would hold for require() too.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: openclaw
      ? [`{packages,services}/*/src/${openclawSpecs}`, `tests/src/${openclawSpecs}`]
      : [
          'packages/*/src/**/*.spec.ts',
          'services/*/src/**/*.spec.ts',
          'tests/src/**/*.spec.ts',
          'scripts/**/*.spec.mjs',
        ],
    exclude: openclaw ? configDefaults.exclude : [...configDefaults.exclude, openclawSpecs],
    globalSetup: ['vitest/global-setup.ts'],
    reporters: full
      ? ['default', ['json', { outputFile: 'reports/test-full.json' }], totals]
      : ['default', totals],
    // Most of a test's time is waiting: for servers, for notices, for retries.
    maxWorkers: 2,
    // These only end what hangs. A busy machine may need many times what an idle one does, so they are no measure of speed.
    testTimeout: full ? 1_800_000 : 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
