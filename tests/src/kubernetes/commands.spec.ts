import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commandsIn, distinct, documented } from '../operations/commands.spec-support.ts';
import { repositoryRoot } from '../system/repository.ts';
import { chart, helm, type Manifest, manifestsOf, needsHelm, podsOf } from './chart.spec-support.ts';

const call = promisify(execFile);
const kubectl = process.env.KUBECTL_BIN ?? 'kubectl';
const release = ['mission-control', chart, '--namespace', 'mission-control'];

interface Rendered {
  readonly manifests: readonly Manifest[];
  readonly notes: string;
}

/** What `helm install` would create with these settings, and what it would print. */
const install = async (...settings: readonly string[]): Promise<Rendered> => {
  if (!helm) throw new Error(needsHelm);
  const options = { maxBuffer: 64 << 20 };
  const { stdout } = await call(helm, ['template', ...release, ...settings], options);
  const dry = await call(helm, ['install', ...release, '--dry-run=client', ...settings], options);
  return { manifests: manifestsOf(stdout), notes: dry.stdout.split('\nNOTES:\n')[1] ?? '' };
};

const trying = ['--set', 'trying.enabled=true', '--set', 'baseUrl=http://localhost:8000'];
let rendered: Rendered;

/** The kinds that commands name, as kubectl abbreviates them. */
const kinds: Readonly<Record<string, string>> = {
  deployment: 'Deployment',
  service: 'Service',
  secret: 'Secret',
};

/** `deployment/<name>`, `deployment <name>`: the objects that a command names. */
const objectsIn = (words: readonly string[]) =>
  words.flatMap((word, n) => {
    const [kind = '', name = words[n + 1] ?? ''] = word.split('/');
    return kind in kinds && /^[a-z]/.test(name) ? [{ kind: kinds[kind], name, port: words[n + 1] }] : [];
  });

const podLabels = (manifests: readonly Manifest[]) =>
  manifests.flatMap(({ spec }) => {
    const template = spec?.template as { metadata?: { labels?: Record<string, string> } } | undefined;
    return template?.metadata?.labels ? [template.metadata.labels] : [];
  });

/** The keys of a Secret that the pods need, as variables or as files. */
const neededKeys = (secret: string, manifests: readonly Manifest[]): string[] => {
  const keys = new Set<string>();
  const visit = (part: unknown): void => {
    if (part === null || typeof part !== 'object') return;
    const { secretKeyRef, secret: files } = part as {
      secretKeyRef?: { name: string; key: string; optional?: boolean };
      secret?: { name?: string; secretName?: string; items?: { key: string }[]; optional?: boolean };
    };
    if (secretKeyRef?.name === secret && !secretKeyRef.optional) keys.add(secretKeyRef.key);
    if ((files?.name ?? files?.secretName) === secret && !files?.optional)
      for (const { key } of files?.items ?? []) keys.add(key);
    Object.values(part).forEach(visit);
  };
  visit(podsOf(manifests));
  return [...keys].sort();
};

const kubectlCommands = distinct(documented('kubectl')).filter(([title]) => !title.includes('VALUES.md'));
const secretsCreated = kubectlCommands.filter(([title]) => title.includes('create secret generic'));
const installs = distinct(documented('helm', 'install', 'mission-control'));

describe('documented commands for a cluster', () => {
  beforeEach((context) => context.skip(!helm, needsHelm));
  beforeAll(async () => {
    if (helm) rendered = await install(...trying);
  });

  const expectObjects = (words: readonly string[]) => {
    const { manifests } = rendered;
    for (const { kind, name } of objectsIn(words)) {
      if (kind === 'Secret') continue;
      const named = manifests.filter(({ metadata }) => metadata.name === name).map((one) => one.kind);
      expect(named, name).toContain(kind);
    }
    const selector = words[words.findIndex((word) => word === '-l' || word === '--selector') + 1] ?? '';
    if (words.includes('-l') || words.includes('--selector')) {
      const [label = '', value] = selector.split('=');
      expect(podLabels(manifests).map((labels) => labels[label])).toContain(value);
    }
  };

  it.each(kubectlCommands)('%s: names what the chart creates', (_, words) => expectObjects(words));

  it('the notes name what the chart creates', () => {
    const commands = commandsIn(rendered.notes).filter(([program]) => program === 'kubectl');
    expect(commands.length).toBeGreaterThan(2);
    for (const words of commands) expectObjects(words);
  });

  it.each(secretsCreated)('%s: has every key that the pods need', async (_, words) => {
    const created = words.flatMap((word) => /^--from-literal=([\w-]+)=/.exec(word)?.[1] ?? []).sort();
    const { manifests } = created.includes('postgres-password')
      ? rendered
      : await install('--set', 'baseUrl=https://a.test');
    expect(created).toEqual(neededKeys('mission-control-webhooks', manifests));
  });

  it.each(installs)('%s: is accepted by the chart', async (_, words) => {
    const settings = words.flatMap((word, n) => (words[n - 1] === '--set' ? ['--set', word] : []));
    const filled = settings.map((one) =>
      one.replace('<pods of the ingress controller>', '10.0.0.0/8').replace(/<\w+>/, 'example'),
    );
    const { manifests } = await install(...filled);
    expect(manifests.map(({ kind }) => kind)).toContain('Deployment');
  });

  // With `--help`, a program reads all options and does nothing.
  it.each(distinct(documented('helm')).filter(([title]) => !title.includes('VALUES.md')))(
    '%s: Helm has these options',
    async (_, words) => {
      const { stdout } = await call(helm ?? '', [...words.slice(1), '--help'], { cwd: repositoryRoot });
      expect(stdout).toMatch(new RegExp(`Usage:\\s+helm ${words[1]}\\b`));
    },
  );

  it('kubectl has the sub-commands and options', async (context) => {
    const found = await call(kubectl, ['version', '--client']).catch(() => null);
    context.skip(found === null, 'needs kubectl on PATH, or in KUBECTL_BIN');
    const { notes } = rendered;
    const all = [
      ...kubectlCommands.map(([, words]) => words),
      ...commandsIn(notes).filter(([one]) => one === 'kubectl'),
    ];
    for (const words of all) {
      const { stdout } = await call(kubectl, [...words.slice(1), '--help']);
      const args = words.slice(1).filter((word, n, rest) => word !== '-n' && rest[n - 1] !== '-n');
      const path = args.slice(0, ['create', 'rollout'].includes(args[0] ?? '') ? 2 : 1).join(' ');
      expect(stdout, words.join(' ')).toMatch(new RegExp(`Usage:\\s+kubectl ${path}\\b`));
    }
  });
});
