import type { KnipConfig } from 'knip';
import base from './tsconfig.base.json' with { type: 'json' };

/** `!` marks production code: the sources minus what `tsconfig.base.json` keeps out of `dist`. */
const sources = (...alsoKeptOut: string[]): string[] => [
  'src/**!',
  ...[...base.exclude, ...alsoKeptOut].map((path) => `!${path.replace(`\${configDir}/`, '')}!`),
];

/** Entries are the programs that are started by path. Knip finds an index by its manifest and a spec by Vitest's configuration. */
export default {
  // No package is published, so an export of an index also needs a user in this workspace.
  includeEntryExports: true,
  workspaces: {
    '.': {
      entry: [
        'scripts/run.mjs',
        'scripts/toolchain/bundle.mjs',
        'vitest/global-setup.ts',
        'vitest/no-servers.ts',
      ],
      project: ['scripts/**', 'vitest/**'],
      // Vitest imports what a global set-up exports.
      includeEntryExports: false,
      // `scripts/commands.mjs` runs it by path.
      ignoreDependencies: ['@biomejs/biome'],
    },
    'packages/*': { project: sources() },
    'packages/event-store': {
      entry: ['src/conformance/main.ts!', 'src/conformance/processes/main.ts!'],
      project: sources(),
    },
    // A thread.
    'packages/filters': { entry: ['src/evaluating/worker.ts!'], project: sources() },
    'packages/testing': { entry: ['src/*/main.ts!'], project: sources() },
    'services/*': { entry: ['src/main.ts!'], project: sources() },
    'services/cli': { entry: ['src/{main,mcw}.ts!'], project: sources() },
    'services/gateway': { entry: ['src/main.ts!'], project: sources('src/hostile/**') },
    'services/standalone': {
      entry: ['src/main.ts!', 'src/testing/fake-system-main.ts', 'src/testing/*-service.mjs'],
      project: sources(),
    },
    tests: {
      // Tests of documented commands skip where it is missing.
      ignoreBinaries: ['openssl'],
      entry: [
        'src/{bench,demo}/main.ts!',
        'src/bench/fake-eventstoredb.ts!',
        'src/operations/mistaken-projector.spec-support.ts',
        'src/bench/*/{append-worker,bare-fastify,otlp-sink,raw-appends,bare-jetstream,openclaw-gateways,idle-subscriber,probe,load}.ts!',
      ],
      project: sources(),
    },
  },
} satisfies KnipConfig;
