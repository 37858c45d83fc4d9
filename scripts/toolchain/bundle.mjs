// node scripts/toolchain/bundle.mjs: makes one program of each service, of `npm start` and of the commands for operators, with the libraries
// that it uses. What has not changed since the last time is left alone.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const self = fileURLToPath(import.meta.url);
const root = join(dirname(self), '../..');

/** A thread is started by its file's name, from the folder of the program. */
const filterThread = { worker: 'packages/filters/src/evaluating/worker.ts' };

/** By service: the programs in its `dist`, and their sources. */
const programs = {
  gateway: { main: 'services/gateway/src/main.ts' },
  'admin-api': { main: 'services/admin-api/src/main.ts', ...filterThread },
  projector: { main: 'services/projector/src/main.ts' },
  relay: { main: 'services/relay/src/main.ts', ...filterThread },
  notifier: { main: 'services/notifier/src/main.ts' },
  steward: { main: 'services/steward/src/main.ts' },
  standalone: { main: 'services/standalone/src/main.ts' },
  cli: { main: 'services/cli/src/main.ts', mcw: 'services/cli/src/mcw.ts' },
};

/** By service: libraries whose ES module hides from a bundler what it requires. Their CommonJS module is taken. */
const asCommonJs = { 'admin-api': ['nestjs-zod'] };

/** What the programs are made of, besides their own modules. */
const alwaysRead = [self, ...['pnpm-lock.yaml', 'tsconfig.base.json'].map((file) => join(root, file))];

const fail = (message) => {
  throw new Error(message);
};

/** Libraries offer features that need packages we do not install, and look for them only when they are used. Our own imports must resolve. */
const onLog = (level, log, report) => {
  if (log.code === 'UNRESOLVED_IMPORT' && log.id?.includes('/node_modules/')) return;
  if (level === 'warn' && !log.id?.includes('/node_modules/')) fail(`${log.code}: ${log.message}`);
  if (level === 'error') report(level, log);
};

const bundle = async (service, input) => {
  const folder = join(root, 'services', service);
  const require = createRequire(join(folder, 'package.json'));
  const build = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    // Runs Postgres and nats-server of `npm start`, with binaries that it finds from where it is.
    external: ['@mission-control/embedded-servers'],
    tsconfig: join(root, 'tsconfig.base.json'),
    resolve: {
      conditionNames: ['source', 'node'],
      alias: Object.fromEntries((asCommonJs[service] ?? []).map((name) => [name, require.resolve(name)])),
    },
    onLog,
  });
  const { output } = await build.generate({
    sourcemap: true,
    // Its decorators need what a module imported before them defines. Elsewhere it would only make calls slower.
    strictExecutionOrder: service === 'admin-api',
    chunkFileNames: '[name]-[hash].js',
  });
  const dist = join(folder, 'dist');
  removePrograms(dist);
  for (const { fileName, code, source } of output) writeFileSync(join(dist, fileName), code ?? source);
  const ours = (await build.watchFiles).filter((file) => !file.includes('/node_modules/'));
  await build.close();
  const read = Object.fromEntries(
    [...alwaysRead, ...ours].map((file) => [relative(root, file), stateOf(file)]),
  );
  writeFileSync(join(dist, '.bundled.json'), JSON.stringify(read));
};

const removePrograms = (dist) => {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) if (/\.js(\.map)?$/.test(name)) rmSync(join(dist, name));
  rmSync(join(dist, '.bundled.json'), { force: true });
};

/** Changes whenever the content of a file does. */
const stateOf = (file) => {
  const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size}`;
};

const isCurrent = (service) => {
  const note = join(root, 'services', service, 'dist/.bundled.json');
  if (!existsSync(note)) return false;
  const read = Object.entries(JSON.parse(readFileSync(note, 'utf8')));
  return read.every(([file, state]) => stateOf(join(root, file)) === state);
};

for (const [service, input] of Object.entries(programs))
  if (!isCurrent(service)) await bundle(service, input);
