import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  resolve: { conditions: ['source'] },
  // Vitest hands these to Node's own resolver as well, so 'import' must not stand here: it would hold for require() too.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['packages/*/src/**/*.spec.ts', 'services/*/src/**/*.spec.ts', 'tests/src/**/*.spec.ts'],
    globalSetup: ['packages/testing/src/vitest/global-setup.ts'],
    reporters: ['default', './packages/testing/src/vitest/reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
