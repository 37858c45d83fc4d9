import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { mcwProgram } from './program.ts';
import { failureOf, runMcw, startServer } from './testing/run-mcw.ts';

const root = join(import.meta.dirname, '../../..');
const program = () =>
  mcwProgram({
    env: {},
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
  });

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const nameOf = (command: Command): string =>
  [...(command.parent ? [nameOf(command.parent)] : []), command.name()].join(' ');
const ours = all(program()).filter(
  (command) => !/ (events (copy|verify|mark-restored)|complete)\b/.test(nameOf(command)),
);

const helpOf = async (name: string): Promise<string> =>
  (await runMcw([...name.split(' ').slice(1), '--help'])).stdout;

/** The words of a command in a text for people: quotes removed, a placeholder for an id replaced by one. */
const wordsIn = (line: string): string[] =>
  [...(line.split(/ [|>] /)[0] ?? '').matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) =>
    (quoted ?? word).replace(/<[\w-]+-id>/, '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10'),
  );

/** Parses a command without doing it. */
const parse = async (words: readonly string[]): Promise<void> => {
  const parsing = program();
  for (const command of all(parsing)) if (command.commands.length === 0) command.action(() => {});
  await parsing.parseAsync(words, { from: 'user' });
};

const examplesIn = (text: string): string[] =>
  [...text.matchAll(/^ {2}(?:source <\()?mcw (.*?)\)?$/gm)].map(([, example = '']) => example);

describe('help', () => {
  it.each(ours.map((command) => [nameOf(command)]))('%s --help has examples that are valid', async (name) => {
    const examples = examplesIn(await helpOf(name));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      await parse(wordsIn(example));
      expect(example).not.toMatch(/token/i);
    }
  });

  it('says of every command and option what it does', () => {
    for (const command of ours) {
      expect(command.description(), nameOf(command)).not.toBe('');
      for (const option of command.options) expect(option.description, nameOf(command)).not.toBe('');
    }
  });
});

describe('documents', () => {
  const documented = globSync(['*.md', 'docs/**/*.md', 'services/cli/README.md'], { cwd: root }).flatMap(
    (path) =>
      [
        ...readFileSync(join(root, path), 'utf8').matchAll(
          /(?:npm run (?:-s |--silent )?mcw --|^mcw|`mcw) ([^`\n]+)/gm,
        ),
      ].map(([, words = '']) => [words, path] as const),
  );

  it('name commands', () => expect(documented.length).toBeGreaterThan(15));

  it.each(documented.filter(([words]) => !/…|^<|--help/.test(words)))('mcw %s (%s)', async (words) => {
    await parse(wordsIn(words.replace(/\s+#.*/, '')));
  });

  it('docs/operations/cli.md lists every command', () => {
    const page = readFileSync(join(root, 'docs/operations/cli.md'), 'utf8');
    const leaves = all(program())
      .filter((command) => command.commands.length === 0)
      .map((command) => nameOf(command))
      .filter((name) => !/ (complete|help)$/.test(name));
    expect(leaves.filter((name) => !page.includes(`\`${name.slice('mcw '.length)}`))).toEqual([]);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['boards', 'lst'], "unknown command 'lst'"],
    [['payloads', 'list', '--webhook', 'x'], 'It must be an id'],
    [['payloads', 'list', '--board', '../gateways'], 'the id or the slug of a board'],
    [
      [
        'payloads',
        'list',
        '--board',
        'b',
        '--webhook',
        '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10',
        '--all',
        '--limit',
        '5',
      ],
      'cannot be used with',
    ],
    [['boards', 'list', '--limit', '0'], 'a whole number from 1'],
    [['boards', 'list', '--url', 'ftp://x'], 'http:// or https://'],
    [['boards', 'list', '--url', 'http://u:hunter2@x'], 'must not contain a user or password'],
    [['projections', 'rebuild', '../boards'], 'the name of a projection'],
    [['replays', 'create', '--board', 'b'], "'--reason <text>' not specified"],
    [['replays', 'create', '--board', 'b', '--reason', 'r', '--since', 'soon'], 'ISO-8601'],
  ])('%j', async (args, message) => {
    const ran = await runMcw(args, { env: { MCW_TOKEN: 't' } });
    expect(failureOf(ran)).toMatchObject({ exit: 'usage', message: expect.stringContaining(message) });
    expect(ran.stderr).toContain('--help shows what there is');
    expect(ran.stdout).toBe('');
  });

  it('is quoted without what could move the cursor', async () => {
    const { stderr } = await runMcw(['\u001b[2J\u202e']);
    expect(stderr).toContain('\\u001b[2J\\u202e');
  });

  it('a replay of everything has to be asked for', async () => {
    const board = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
    const create = async (...options: string[]) =>
      failureOf(
        await runMcw(['replays', 'create', '--board', board, '--reason', 'r', ...options], {
          env: { MCW_TOKEN: 't' },
        }),
      );
    expect(await create()).toMatchObject({ exit: 'usage', code: 'no_selection' });
    for (const options of [
      ['--status', 'failed'],
      ['--search', 'x'],
      ['--event-type', 'push'],
      ['--payload', board],
    ])
      expect(await create('--all', ...options)).toMatchObject({ exit: 'usage', code: 'two_selections' });
  });

  it('deleting needs --yes where standard input is not a terminal', async () => {
    const id = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
    const ran = await runMcw(['payloads', 'delete', id, '--board', id, '--webhook', id], {
      env: { MCW_TOKEN: 't' },
    });
    expect(failureOf(ran)).toMatchObject({ exit: 'usage', code: 'not_confirmed' });
  });
});

describe('on a terminal', () => {
  const hostile = 'a\u001b[2Jb\u202ec\u009bd';
  const escaped = 'a\\u001b[2Jb\\u202ec\\u009bd';
  const id = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
  const answers: Record<string, [type: string, body: string]> = {
    [`/api/v1/boards/${id}/webhooks/${id}/payloads/${id}/raw`]: [
      'application/octet-stream',
      `${hostile}\n\tß`,
    ],
    // A sender may write DEL to U+009F and bidirectional characters without escapes in its JSON.
    [`/api/v1/boards/${id}/webhooks/${id}/payloads?limit=50`]: [
      'application/json',
      '{"items":[{"id":"1","payload":{\n"t":"\u202e\u009b","n":1.10}}],"total":1,"next_cursor":null}',
    ],
  };
  const run = async (terminal: boolean, ...args: string[]) => {
    const { url, stop } = await startServer((request, response) => {
      const [type, body] = answers[request.url ?? ''] ?? ['text/plain', `no answer for ${request.url}`];
      response.writeHead(200, { 'content-type': type }).end(body);
    });
    const ran = await runMcw([...args, '--board', id, '--webhook', id, '--url', url], {
      env: { MCW_TOKEN: 't' },
      terminal,
    });
    await stop();
    expect(ran.error).toBeNull();
    return ran.stdout;
  };

  it('a raw body is harmless; elsewhere it is exact', async () => {
    expect(await run(true, 'payloads', 'raw', id)).toBe(`${escaped}\n\tß\n`);
    expect(await run(false, 'payloads', 'raw', id)).toBe(`${hostile}\n\tß`);
  });

  it('JSON is harmless and means the same; elsewhere it is exact, one item per line', async () => {
    const list = ['payloads', 'list', '--json'];
    expect(await run(true, ...list)).toBe('{"id":"1","payload":{ "t":"\\u202e\\u009b","n":1.10}}\n');
    expect(await run(false, ...list)).toBe('{"id":"1","payload":{ "t":"\u202e\u009b","n":1.10}}\n');
  });
});

describe('completion', () => {
  const printed = async (...args: string[]): Promise<string> => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    expect((await runMcw(args)).error).toBeNull();
    const text = log.mock.calls.map(([line]) => `${line}\n`).join('');
    log.mockRestore();
    return text;
  };
  const completed = async (...words: string[]) =>
    (await printed('complete', '--', ...words))
      .split('\n')
      .filter((line) => line.includes('\t'))
      .map((line) => line.split('\t')[0]);

  it.each(['bash', 'zsh', 'fish'])('has a script for %s, which calls mcw', async (shell) => {
    const script = await printed('completion', shell);
    expect(script).toContain(`${shell} completion for mcw`);
    expect(script).toMatch(/\bmcw complete --|complete -- /);
  });

  it('knows commands, options and values', async () => {
    expect(await completed('pay')).toEqual(['payloads']);
    expect(await completed('replays', '')).toEqual(expect.arrayContaining(['create', 'pause', 'items']));
    expect(await completed('payloads', 'list', '--board', 'b', '--st')).toEqual(['--status']);
    expect(await completed('payloads', 'list', '--status', 'pa')).toEqual(['parked']);
    expect(await completed('webhooks', 'create', '--preset', 'git')).toEqual(['github', 'gitlab']);
  });
});
