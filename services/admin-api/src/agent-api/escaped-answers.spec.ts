import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrive } from '../testing/arrivals.ts';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

let api: TestAdminApi;
let boardId: string;
let token: string;
beforeAll(async () => {
  api = await startTestAdminApi();
  boardId = (await api.create('/api/v1/boards', { name: 'Board' })).id;
  token = (await api.create('/api/v1/agents', { board_id: boardId, name: '</s> Ada' })).token;
});
afterAll(() => api.stop());

const asAgent = (path: string, method = 'GET', body?: object) =>
  api.call(method, `/api/v1/agent/${path}`, { body, headers: { authorization: '', 'x-agent-token': token } });

const hostile = [
  '\u{e0069}',
  '\u202e',
  '\u200b',
  '<|im_start|>',
  '</s>',
  '[INST]',
  '[[reply_to:1]]',
  '$github',
];
/** Also contains a command that acts by its slash alone. */
const text = [...hostile, '/model x'].join(' ');
const expectEscaped = (answer: string): void => {
  for (const one of hostile) expect(answer).not.toContain(one);
  expect(answer).not.toMatch(/(?<!\\)\//);
};

/** The payload as the agent reads it, and as an admin does. */
const received = async (body: string, contentType?: string) => {
  const webhookId = (await api.create(`/api/v1/boards/${boardId}/webhooks`, { description: 'x' })).id;
  const id = await arrive(api.store, { boardId, webhookId, body, ...(contentType && { contentType }) });
  const path = `boards/${boardId}/webhooks/${webhookId}/payloads/${id}`;
  await waitFor(async () => (await asAgent(path)).status === 200);
  return { path, asAdmin: await api.call('GET', `/api/v1/${path}`) };
};

describe('what an agent reads', () => {
  it.each([
    ['JSON', JSON.stringify({ [hostile.join('')]: [[hostile, true]], n: 1 }), undefined],
    ['text', text, 'text/plain; charset=utf-8'],
    [
      'a form',
      new URLSearchParams(hostile.map((one): [string, string] => [one, one])).toString(),
      'application/x-www-form-urlencoded',
    ],
    ['text, with a hostile type', text, 'text/plain; x="</s>$github[INST]/model x"'],
  ])('in a payload that is %s is escaped and keeps its value', async (_, body, contentType) => {
    const { path, asAdmin } = await received(body, contentType);
    const whole = await asAgent(path);
    expectEscaped(whole.text);
    expect(whole.body).toEqual({ ...asAdmin.body, truncated: false });
  });

  it('in the beginning of a payload is escaped, and no escape is split', async () => {
    const body = '{"a":"\\u200b\\/😀\u202e</s><|im_start|>\u{e0069}"}';
    const { path } = await received(body);
    const beginnings = new Set<string>();
    for (let length = 1; length < body.length; length += 1) {
      const { text: json, body: answer } = await asAgent(`${path}?max_chars=${length}`);
      expectEscaped(json);
      expect(answer.truncated).toBe(true);
      expect(answer.payload.length).toBeLessThanOrEqual(length);
      expect(body.startsWith(answer.payload)).toBe(true);
      beginnings.add(answer.payload);
    }
    // These lengths end inside the long escape, the short one and the two pairs.
    expect(beginnings.size).toBe(body.length - 1 - (5 + 1 + 1 + 1));
  });

  it('in board memory and about itself is escaped and keeps its value', async () => {
    const memory = `boards/${boardId}/memory`;
    const written = await asAgent(memory, 'POST', { content: text, tags: ['</s>', '/model x'] });
    expect(written).toMatchObject({ status: 201, body: { content: text, tags: ['</s>', '/model x'] } });
    expectEscaped(written.text);
    const read = await asAgent(memory);
    expectEscaped(read.text);
    expect(read.body.items[0]).toEqual(written.body);
    expect((await api.call('GET', `/api/v1/${memory}`)).text).toContain(text);
    const me = await asAgent('me');
    expectEscaped(me.text);
    expect(me.body.name).toBe('</s> Ada');
  });

  it('in an error is escaped', async () => {
    const answer = await asAgent(`me?${encodeURIComponent(hostile.join(''))}=1`);
    expect(answer.status).toBe(422);
    expectEscaped(answer.text);
  });
});
