import { describe, expect, it } from 'vitest';
import { failureOf, runMcw, startServer } from '../testing/run-mcw.ts';

const id = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
type Answer = readonly [status: number, body: object];

/** Answers one after the other, the last one for ever. */
const answering = async (
  answers: readonly Answer[],
  work: (url: string) => ReturnType<typeof runMcw>,
): ReturnType<typeof runMcw> => {
  const left = [...answers];
  const { url, stop } = await startServer((request, response) => {
    const paths = { '/api/v1/boards/{board_id}/replays/{replay_id}': { get: {} } };
    const [status, body] =
      request.url === '/openapi.json'
        ? [200, { paths }]
        : ((left.length > 1 ? left.shift() : left[0]) ?? [500, {}]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  try {
    return await work(url);
  } finally {
    await stop();
  }
};

const replay = (state: string, done: number, failed = 0) => ({
  id,
  state,
  total: 10,
  done,
  failed,
  skipped: 0,
});
const waiting = (answers: readonly Answer[], options: { terminal?: boolean; signal?: AbortSignal } = {}) =>
  answering(answers, (url) =>
    runMcw(['replays', 'show', id, '--board', id, '--wait', '--url', url], {
      env: { MCW_TOKEN: 't' },
      ...options,
    }),
  );
const away: Answer = [503, { code: 'read_models_unavailable', detail: 'Later.', request_id: 'r' }];
const unknown: Answer = [404, { code: 'replay_not_found', detail: 'Replay not found.', request_id: 'r' }];

describe('waiting for the end of a job', () => {
  it('goes on while the system is away, or does not show a new replay yet', async () => {
    const ran = await waiting([unknown, away, [200, replay('completed', 10)]]);
    expect(ran).toMatchObject({ error: null, stderr: '' });
    expect(ran.stdout).toMatch(/^state +completed$/m);
  });

  it('shows a bar on a terminal, and gives the cursor back', async () => {
    const { stderr, stdout } = await waiting(
      [
        [200, replay('running', 5)],
        [200, replay('completed', 10)],
      ],
      {
        terminal: true,
      },
    );
    expect(stderr).toMatch(/Replay [█░]+ 50 % {2}5\/10 {2}running, 0 failed/);
    expect(stderr).toContain('\u001b[?25l');
    expect(stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr.lastIndexOf('\u001b[?25l'));
    expect(stdout).not.toContain('█');
  });

  it.each([
    ['cancelled', 3, 0, 'replay_cancelled'],
    ['completed', 9, 1, 'replay_items_failed'],
  ])('%s with %i done and %i failed is a failure', async (state, done, failed, code) => {
    const ran = await waiting([[200, replay(state, done, failed)]]);
    expect(failureOf(ran)).toMatchObject({ exit: 'failed', code });
    expect(ran.stdout).toMatch(new RegExp(`^state +${state}$`, 'm'));
  });

  it('ends by a signal, and says that the job goes on', async () => {
    const stopping = new AbortController();
    const running = waiting([[200, replay('running', 5)]], { terminal: true, signal: stopping.signal });
    setImmediate(() => stopping.abort());
    const { stderr, stdout, error } = await running;
    expect(error).not.toBeNull();
    expect(stderr).toContain(`The replay goes on. mcw replays cancel ${id} ends it.\n`);
    expect(stdout).toBe('');
  });
});
