import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runInForeground } from './foreground.mjs';
import { build } from './toolchain/build.mjs';
import { findChartTools, setUpChartTools } from './toolchain/chart-tools.mjs';
import { findCollector, setUpCollector } from './toolchain/collector.mjs';
import {
  setUpApacheBench,
  setUpDockerCompose,
  setUpPromtool,
  setUpRedisServer,
} from './toolchain/debian-program.mjs';
import { withSetUpLock } from './toolchain/lock.mjs';
import { setUpNatsServer } from './toolchain/nats-server.mjs';
import { setUpNodeAndPnpm } from './toolchain/node-and-pnpm.mjs';
import { setUpOpenClaw } from './toolchain/openclaw.mjs';
import { installPackages } from './toolchain/packages.mjs';
import { requireSupportedPlatform } from './toolchain/platform.mjs';
import { root } from './toolchain/steps.mjs';

const tool = {
  biome: join(root, 'node_modules/@biomejs/biome/bin/biome'),
  knip: join(root, 'node_modules/knip/bin/knip.js'),
  tsc: join(root, 'node_modules/typescript/bin/tsc'),
  bundle: join(root, 'scripts/toolchain/bundle.mjs'),
  vitest: join(root, 'node_modules/vitest/vitest.mjs'),
};

/** Sets up, then returns a function that runs a Node program in the foreground. */
const prepare = async ({
  compiled = false,
  nats = false,
  redis = false,
  compose = false,
  ab = false,
  promtool = false,
  openclaw = false,
  chart = false,
  collector = false,
} = {}) => {
  requireSupportedPlatform();
  const { node, env } = await withSetUpLock(async () => {
    const programs = await setUpNodeAndPnpm();
    const packages = async () => {
      await installPackages(programs);
      if (compiled) await build(programs);
    };
    // Each spends most of its time waiting for a server, and writes to a folder of its own. All end before the first failure is reported.
    const [, natsServer, redisServer, dockerCompose, apacheBench, alertRules] = await allSettled([
      packages(),
      nats ? setUpNatsServer(programs).then((path) => ({ NATS_SERVER_BIN: path })) : {},
      redis ? setUpRedisServer().then((path) => ({ REDIS_SERVER_BIN: path })) : {},
      compose ? setUpDockerCompose().then((path) => ({ DOCKER_COMPOSE_BIN: path })) : {},
      ab ? setUpApacheBench().then((path) => ({ AB_BIN: path })) : {},
      promtool ? setUpPromtool().then((path) => ({ PROMTOOL_BIN: path })) : {},
    ]);
    const openclawGateway = openclaw ? await setUpOpenClaw(programs) : {};
    const chartTools = chart ? await setUpChartTools() : findChartTools();
    const telemetryCollector = collector ? await setUpCollector() : findCollector();
    return {
      node: programs.node,
      env: {
        PATH: programs.path,
        // Services and test workers load the same modules again and again.
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/compiled'),
        ...natsServer,
        ...redisServer,
        ...dockerCompose,
        ...apacheBench,
        ...alertRules,
        ...openclawGateway,
        ...chartTools,
        ...telemetryCollector,
      },
    };
  });
  return (args, more = {}) => runInForeground(node, args, { ...env, ...more });
};

/** The results, once all have ended. Throws the first failure. */
const allSettled = async (steps) => {
  await Promise.allSettled(steps);
  return Promise.all(steps);
};

/** Runs the steps one after the other. Stops at the first exit code that is not 0. */
const inTurn = async (steps) => {
  for (const step of steps) {
    const code = await step();
    if (code !== 0) return code;
  }
  return 0;
};

/** Runs the steps beside each other. Resolves to the first exit code that is not 0, once all have ended. */
const atOnce = async (steps) => {
  const codes = await allSettled(steps.map((step) => step()));
  return codes.find((code) => code !== 0) ?? 0;
};

const compile = (node) => () => node([tool.tsc, '-b']);
const bundle = (node) => () => node([tool.bundle]);

/** Most of them use one core, and none needs what another one writes, so the machine does several at once. */
const check = (node) =>
  atOnce([
    () => node([tool.biome, 'ci', ...(process.stdout.isTTY ? [] : ['--colors=off']), '.']),
    () => inTurn([compile(node), () => node([tool.tsc, '-p', 'tsconfig.check.json'])]),
    bundle(node),
    () =>
      inTurn([
        () => node([tool.knip]),
        // If a file is compiled but no program or index reaches it, it is test code in `dist`.
        () => node([tool.knip, '--production', '--strict', '--include', 'files,unlisted']),
      ]),
  ]);

/** A program of the workspace. It may read variables from `.env`, but existing variables take precedence. */
const program =
  (path, needs = {}) =>
  async (args) => {
    const node = await prepare({ compiled: true, nats: true, ...needs });
    return node([...(existsSync(join(root, '.env')) ? ['--env-file=.env'] : []), join(root, path), ...args]);
  };

/** A full run starts with the checks. A selection only compiles first, because some tests start compiled programs. */
const test = async (args, env = {}) => {
  const node = await prepare({ nats: true, redis: true, compose: true, promtool: true });
  const before = args.length > 0 ? () => atOnce([compile(node), bundle(node)]) : () => check(node);
  return inTurn([before, () => node([tool.vitest, 'run', ...args], env)]);
};

export const commands = {
  start: program('services/standalone/dist/main.js'),
  demo: program('tests/dist/demo/main.js'),
  bench: program('tests/dist/bench/main.js', { ab: true }),
  conformance: program('packages/event-store/dist/conformance/main.js'),
  events: program('services/cli/dist/main.js', { nats: false }),
  mcw: program('services/cli/dist/mcw.js', { nats: false }),
  test: (args) => test(args),
  'test:quick': async (args) => (await prepare())([tool.vitest, 'run', '--project=quick', ...args]),
  'test:full': (args) => {
    mkdirSync(join(root, 'reports'), { recursive: true });
    return test(args, { TEST_SIZE: 'full' });
  },
  'test:openclaw': async (args) => {
    const node = await prepare({ nats: true, openclaw: true });
    return node([tool.vitest, 'run', ...args], { TEST_TARGET: 'openclaw' });
  },
  'test:chart': async (args) =>
    (await prepare({ chart: true }))([tool.vitest, 'run', 'tests/src/kubernetes', ...args]),
  'test:observability': async (args) => {
    const node = await prepare({ compiled: true, nats: true, promtool: true, collector: true });
    return node([tool.vitest, 'run', 'tests/src/observability', ...args]);
  },
  check: async () => check(await prepare()),
  format: async (args) =>
    (await prepare())([tool.biome, 'check', '--write', ...(args.length > 0 ? args : ['.'])]),
  build: async () => {
    await prepare({ compiled: true });
    return 0;
  },
};
