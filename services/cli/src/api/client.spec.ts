import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@mission-control/free-ports';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, runMcw, startServer } from '../testing/run-mcw.ts';

const token = 'a-token-that-must-never-be-printed';
const env = { MCW_TOKEN: token };
const folder = mkdtempSync(join(tmpdir(), 'mcw-'));
afterAll(() => rmSync(folder, { recursive: true }));

const servers: { stop: () => Promise<void> }[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));
const serverWith = async (listener: RequestListener): Promise<string> => {
  const server = await startServer(listener);
  servers.push(server);
  return server.url;
};

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
const apiError = (status: number, code: string, headers = {}) =>
  json(status, { code, detail: 'A sentence.', request_id: 'r1' }, headers);

const failing = async (url: string, more: readonly string[] = ['boards', 'list']) => {
  const ran = await runMcw([...more, '--url', url], { env });
  expect(ran.stdout).toBe('');
  const failure = failureOf(ran);
  expect(JSON.stringify(failure) + ran.stderr).not.toContain(token);
  return failure;
};

describe('a system that cannot be asked', () => {
  it('is not running', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await failing(url)).toEqual({
      exit: 'away',
      code: 'not_reachable',
      message: `${url} is not reachable (ECONNREFUSED). Is the system running? --url or MCW_URL names another.`,
    });
    expect(await failing('http://no-such-host.invalid')).toMatchObject({
      exit: 'away',
      message: expect.stringMatching(/is not reachable \((ENOTFOUND|EAI_AGAIN)\)/),
    });
  });

  it('does not answer in time', async () => {
    const url = await serverWith(() => {});
    expect(await failing(url, ['boards', 'list', '--timeout', '1'])).toMatchObject({
      exit: 'away',
      message: expect.stringContaining('did not answer within 1 s'),
    });
  });

  it('breaks off its answer', async () => {
    const url = await serverWith((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"items":[', () => response.destroy());
    });
    expect(await failing(url)).toMatchObject({
      exit: 'away',
      message: expect.stringContaining('broke off its answer'),
    });
  });

  it('cannot answer now', async () => {
    const url = await serverWith(apiError(503, 'read_models_unavailable', { 'retry-after': '5' }));
    expect(await failing(url)).toEqual({
      exit: 'away',
      code: 'read_models_unavailable',
      message: 'A sentence. Try again in 5 s. The log of the system has more under r1.',
    });
  });

  it('says once when to try again', async () => {
    const body = { code: 'admin_api_unavailable', detail: 'The admin API is away. Try again.' };
    const url = await serverWith(json(503, JSON.stringify(body), { 'retry-after': '2' }));
    expect(await failing(url)).toMatchObject({ message: 'The admin API is away. Try again in 2 s.' });
  });

  it('is another program', async () => {
    const page: RequestListener = (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>');
    expect(await failing(await serverWith(page))).toMatchObject({ exit: 'failed', code: 'not_the_api' });
    expect(await failing(await serverWith((_, response) => response.writeHead(404).end()))).toMatchObject({
      code: 'not_the_api',
    });
    expect(await failing(await serverWith(json(200, 'not json')))).toMatchObject({ code: 'not_the_api' });
    expect(await failing(await serverWith(json(502, '<h1>Bad Gateway</h1>')))).toMatchObject({
      exit: 'away',
      code: 'http_502',
    });
  });

  it('redirects: the token is not sent on', async () => {
    const asked: (string | undefined)[] = [];
    const other = await serverWith((request, response) => {
      asked.push(request.headers.authorization);
      response.end();
    });
    const url = await serverWith((_, response) => response.writeHead(308, { location: other }).end());
    expect(await failing(url)).toMatchObject({ code: 'redirected', message: expect.stringContaining(other) });
    expect(asked).toEqual([]);
  });
});

describe('an answer that is an error', () => {
  it.each([
    [400, 'usage'],
    [401, 'denied'],
    [403, 'denied'],
    [409, 'failed'],
    [410, 'notFound'],
    [422, 'usage'],
    [429, 'away'],
    [500, 'failed'],
  ])('%i', async (status, exit) => {
    const url = await serverWith(apiError(status, 'some_code'));
    expect(await failing(url)).toMatchObject({ exit, code: 'some_code' });
  });

  it('404 of a resource, where the system has the operation; of the operation, where an older release has not', async () => {
    const url = await serverWith((request, response) =>
      request.url === '/openapi.json'
        ? json(200, { paths: { '/api/v1/boards': { get: {}, post: {} } } })(request, response)
        : apiError(404, 'not_found')(request, response),
    );
    expect(await failing(url)).toMatchObject({ exit: 'notFound', code: 'not_found' });
    expect(await failing(url, ['projections', 'list'])).toEqual({
      exit: 'unsupported',
      code: 'endpoint_missing',
      message: `The system at ${url} does not offer GET /api/v1/projections. Upgrade it to the release of this program.`,
    });
  });
});

describe('the token', () => {
  let url: string;
  let sent: (string | undefined)[];
  beforeAll(async () => {
    const server = await startServer((request, response) => {
      sent.push(request.headers.authorization);
      json(200, { items: [], total: 0, next_cursor: null })(request, response);
    });
    url = server.url;
    return server.stop;
  });
  const sentWith = async (given: Record<string, string>, ...args: string[]) => {
    sent = [];
    const ran = await runMcw(['boards', 'list', '--url', url, ...args], { env: given });
    return ran.error === null ? sent : failureOf(ran);
  };
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('comes from the option, MCW_TOKEN, LOCAL_AUTH_TOKEN or the data directory, in this order', async () => {
    file('admin-token', 'from-the-data-directory\n');
    const tokens = {
      DATA_DIR: folder,
      LOCAL_AUTH_TOKEN_FILE: file('local', '\ufeffjane=from-local,joe=other\n'),
      MCW_TOKEN: ' from-mcw ',
    };
    expect(await sentWith(tokens, '--token-file', file('given', 'from-option\r\n'))).toEqual([
      'Bearer from-option',
    ]);
    expect(await sentWith(tokens)).toEqual(['Bearer from-mcw']);
    const { MCW_TOKEN: _, ...others } = tokens;
    expect(await sentWith(others)).toEqual(['Bearer from-local']);
    expect(await sentWith({ DATA_DIR: folder })).toEqual(['Bearer from-the-data-directory']);
  });

  it('that is missing, unreadable or set twice is an error that does not print it', async () => {
    expect(await sentWith({ DATA_DIR: join(folder, 'none') })).toMatchObject({
      exit: 'denied',
      code: 'no_token',
    });
    expect(await sentWith({}, '--token-file', join(folder, 'none'))).toMatchObject({
      exit: 'denied',
      message: expect.stringContaining('ENOENT'),
    });
    expect(await sentWith({}, '--token-file', file('empty', '\n'))).toMatchObject({ code: 'bad_token' });
    expect(await sentWith({ MCW_TOKEN: 'secret words' })).toEqual({
      exit: 'denied',
      code: 'bad_token',
      message: 'MCW_TOKEN does not contain a token.',
    });
    expect(await sentWith({ MCW_TOKEN: token, MCW_TOKEN_FILE: 'x' })).toEqual({
      exit: 'usage',
      code: 'bad_variable',
      message: 'MCW_TOKEN and MCW_TOKEN_FILE are both set. Set one of them.',
    });
  });
});
