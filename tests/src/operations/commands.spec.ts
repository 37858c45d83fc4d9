import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  composePath,
  eventStoreDbOverridePath,
  readComposeFile,
  serviceIn,
} from '../containers/compose-file.spec-support.ts';
import { mountedAt } from '../observability/configuration.spec-support.ts';
import { repositoryRoot } from '../system/repository.ts';
import { commandsIn, distinct, documented } from './commands.spec-support.ts';

const run = promisify(execFile);
const compose = readComposeFile(composePath);
const profiles = Object.values(compose.services).flatMap(({ profiles = [] }) => profiles);

/** Options with a value, so that the value is not taken for a service. A forgotten one fails as a service that does not exist. */
const withValue = ['-f', '--profile', '--scale', '--tail', '--since'];

/** Splits words into options, with their values, and the rest. What follows the first of the rest is not read if `untilRest`. */
const parsed = (words: readonly string[], untilRest = false) => {
  const options: [string, string][] = [];
  for (let n = 0; n < words.length; n += 1) {
    const one = words[n] ?? '';
    if (!one.startsWith('-')) {
      if (untilRest) return { options, rest: words.slice(n) };
      continue;
    }
    options.push([one, withValue.includes(one) ? (words[++n] ?? '') : '']);
  }
  const values = new Set(options.map(([, value]) => value));
  return { options, rest: words.filter((one) => !one.startsWith('-') && !values.has(one)) };
};

/** `docker compose <global options> <sub-command> <options> <services>`; `exec` and `run` have one service and a command for it. */
const composeCall = (words: readonly string[]) => {
  const { options: globals, rest } = parsed(words.slice(2), true);
  const [subCommand = '', ...after] = rest;
  const inContainer = subCommand === 'exec' || subCommand === 'run';
  const { options, rest: services } = parsed(after, inContainer);
  return {
    globals,
    subCommand,
    options,
    services: inContainer ? services.slice(0, 1) : services,
    inContainer: inContainer ? services.slice(1) : [],
    after,
  };
};

/** A file of the repository that is compiled from it, or is in it. */
const exists = (path: string) =>
  existsSync(join(repositoryRoot, path.replace(/\/dist\/(.+)\.js$/, '/src/$1.ts'))) ||
  existsSync(join(repositoryRoot, path));

const composeCommands = distinct(documented('docker', 'compose'));

test('commands are read as the shell reads them', () => {
  expect(
    commandsIn(`A=1 B="$(cat "x")" docker compose logs --since 2h \\
      relay | grep -iE 'a|b' > out.log   # docker compose down
printf '%s' "$(cat s)" | kubectl get <name>; helm test 2>&1 && npm test`),
  ).toEqual([
    ['docker', 'compose', 'logs', '--since', '2h', 'relay'],
    ['grep', '-iE', 'a|b'],
    ['printf', '%s', '$(cat s)'],
    ['kubectl', 'get', '<name>'],
    ['helm', 'test'],
    ['npm', 'test'],
  ]);
});

describe('docker compose', () => {
  test('is documented', () => expect(composeCommands.length).toBeGreaterThan(50));

  test.each(composeCommands)('%s: names what docker-compose.yml has', (_, words) => {
    const { globals, options, services, inContainer } = composeCall(words);
    for (const [option, value] of globals) {
      if (option === '-f') expect(exists(value), value).toBe(true);
      if (option === '--profile') expect(profiles).toContain(value);
    }
    const scaled = options
      .filter(([option]) => option === '--scale')
      .map(([, value]) => value.replace(/=\d+$/, ''));
    for (const name of [...services, ...scaled]) expect(Object.keys(compose.services)).toContain(name);
    for (const path of inContainer.filter((word) => /^\/?[\w/-]+\.(js|mjs|sh)$/.test(word))) {
      const inRepository = path.startsWith('/app/') || !path.startsWith('/');
      const file = inRepository ? path.replace(/^\/app\//, '') : mountedAt(services[0] ?? '', path);
      expect(exists(file) || existsSync(file), path).toBe(true);
    }
  });

  // With `--help`, Compose reads all options and does nothing.
  test('has these sub-commands and options', async (context) => {
    const docker = await run('docker', ['compose', 'version']).catch(() => null);
    context.skip(docker === null, 'needs docker with its plug-in Compose on PATH');
    for (const [title, words] of composeCommands) {
      const { subCommand, after } = composeCall(words);
      const before = words.slice(1, words.length - after.length);
      const { stdout } = await run('docker', [...before, '--help', ...after], { cwd: repositoryRoot });
      expect(stdout, title).toMatch(new RegExp(`Usage:\\s+docker compose ${subCommand}\\b`));
    }
  });
});

describe('other commands', () => {
  const volumes = Object.keys({
    ...compose.volumes,
    ...readComposeFile(eventStoreDbOverridePath).volumes,
  });

  test.each(distinct(documented('docker', 'volume', 'rm')))(
    '%s: is a volume of docker-compose.yml',
    (_, words) => {
      expect(volumes.map((name) => `mission-control_${name}`)).toContain(words[3]);
    },
  );

  const scriptsOf = (folder: string) =>
    Object.keys(
      (JSON.parse(readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8')) as { scripts?: object })
        .scripts ?? {},
    );
  const npm = documented('npm').filter(({ words }) => /^(run|start|test)$/.test(words[1] ?? ''));

  test('npm runs only scripts that exist, in the repository or in the package of a README', () => {
    expect(npm.length).toBeGreaterThan(100);
    const unknown = npm.filter(({ words, document }) => {
      const script = words[1] === 'run' ? words.slice(2).find((word) => !word.startsWith('-')) : words[1];
      const folders = ['.', ...(/^(packages|services)\//.test(document) ? [dirname(document)] : [])];
      return !folders.some((folder) => scriptsOf(folder).includes(script ?? ''));
    });
    expect(unknown).toEqual([]);
  });

  test('npm test selects tests that exist', () => {
    const selected = npm.filter(({ words }) => words[1] === 'test' && /^[a-z]/.test(words[3] ?? ''));
    expect(selected.length).toBeGreaterThan(3);
    expect(selected.filter(({ words }) => !exists(words[3] ?? ''))).toEqual([]);
  });

  const started = distinct([...documented('sh'), ...documented('node'), ...documented('docker', 'build')]);

  test.each(started)('%s: names files that exist', (title, words) => {
    const [, documents = ''] = /\(([^)]+)\)$/.exec(title) ?? [];
    const folders = ['.', ...documents.split(', ').map((document) => dirname(document))];
    for (const path of words.filter((word) => /^[\w.-]+\/[\w./-]+\.(mjs|js|sh)$|Dockerfile$/.test(word))) {
      expect(
        folders.some((folder) => exists(join(folder, path))),
        path,
      ).toBe(true);
    }
  });

  test('secrets are files that docker-compose.yml reads', () => {
    const named = documented('docker', 'compose')
      .filter(({ document }) => document.startsWith('docs/operations/'))
      .map(({ document }) => readFileSync(join(repositoryRoot, document), 'utf8'))
      .flatMap((text) => [...text.matchAll(/\bsecrets\/([a-z][a-z-]+)/g)].map(([, name]) => name));
    const known = Object.keys(compose.secrets);
    expect(named.length).toBeGreaterThan(10);
    expect([...new Set(named)].filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect(serviceIn(compose, 'nats').secrets).toContain('nats-auth');
  });
});
