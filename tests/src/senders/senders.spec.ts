import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemes, schemesWith } from '@mission-control/signatures';
import { type OpenClawSimulator, startOpenClawSimulator, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Scene, setScene, type Webhook } from '../system/scene.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { blocksOf, readPages, type Step, toursOf } from './pages.spec-support.ts';
import { answerOf, missingOpenssl, missingTool, shell } from './shell.spec-support.ts';

interface Created extends Webhook {
  readonly signature_scheme: keyof typeof schemes;
}

interface ShownPayload {
  readonly arrivals: number;
  readonly signature: { readonly verdict: string; readonly scheme: string; readonly secret: string | null };
}

interface TestAnswer {
  readonly response: { readonly status: number };
  readonly payload: {
    readonly id: string;
    readonly status: string;
    readonly timeline: readonly { readonly what: string }[];
  };
}

const presets = schemesWith('preset');
const pages = await readPages();
const common = pages.find(({ file }) => file === 'README.md')?.steps ?? [];
const stepNamed = (name: string): Step => {
  const step = common.find((candidate) => candidate.name === name);
  if (!step) throw new Error(`docs/senders/README.md has no block ${name}`);
  return step;
};
/** Every scheme can use it: most use its characters as the key, Standard Webhooks uses its bytes. */
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

let system: RunningSystem;
let openclaw: OpenClawSimulator;
let scene: Scene;

beforeAll(async () => {
  openclaw = await startOpenClawSimulator();
  system = await startSystem();
  scene = await setScene(system.admin, openclaw, 'Senders');
});
afterAll(async () => {
  await system?.stop();
  await openclaw?.stop();
});

const create = (settings: object) =>
  system.admin.post<Created>(`/api/v1/boards/${scene.boardId}/webhooks`, {
    description: 'From a sender',
    ...settings,
  });
const shown = (webhook: Webhook, payloadId: unknown) =>
  waitFor(() => system.admin.get<ShownPayload>(`${webhook.endpoint_path}/payloads/${payloadId}`));
const variables = () => ({
  API: `${system.url}/api/v1`,
  TOKEN: system.adminToken,
  BOARD: scene.boardId,
  SECRET: newSecret(),
  NEW_SECRET: newSecret(),
});

describe('the pages of docs/senders', () => {
  it('has a tour for every preset and for the schemes without one', () => {
    const titles = pages.flatMap(toursOf).map(({ title }) => title);
    const expected = Object.entries(schemes).map(
      ([name, { preset }]) => `${preset ? name : 'other'}.md, ${name}`,
    );
    expect(titles.sort()).toEqual(expected.sort());
  });

  it.for(pages.flatMap(toursOf))('$title: every block does what the page says', async (tour, context) => {
    const missing = missingTool();
    if (missing) return context.skip(missing);
    const env = variables();
    const created = JSON.parse(await shell(tour.create.script, env)) as Created;
    const given = { ...env, URL: created.endpoint_url };
    const scheme = created.signature_scheme;
    expect(scheme).toBe(tour.title.split(', ')[1]);
    const { proof: signed, wwwAuthenticate } = schemes[scheme];
    for (const { name, script, saysAfter } of tour.steps) {
      const send = async (more = {}) => answerOf(await shell(script, { ...given, ...more }));
      if (name === 'secret') {
        expect(JSON.parse(await shell(script, given))).toMatchObject({ id: created.id, has_secret: true });
      } else if (name === 'verification') {
        const [, challenge] = /"challenge":"(\w+)"/.exec(script) ?? [];
        expect(await send()).toEqual({ status: 200, body: { challenge } });
      } else {
        expect(name).toBe('delivery');
        const first = await send();
        expect(first).toMatchObject({ status: 202, body: { ok: true } });
        const payload = await shown(created, first.body.payload_id);
        const proof = signed ? ['verified', 'current'] : ['unverified', null];
        expect(payload.signature).toEqual({ scheme, verdict: proof[0], secret: proof[1] });
        const isOne = /^Sent twice, it is (one payload|two payloads)/m.exec(saysAfter)?.[1] === 'one payload';
        expect(saysAfter).toMatch(/^Sent twice, it is /m);
        const again = await send();
        expect(again.status).toBe(202);
        expect(again.body.payload_id === first.body.payload_id).toBe(isOne);
        if (isOne) {
          await waitFor(async () => (await shown(created, first.body.payload_id)).arrivals === 2);
        }
        if (!signed) continue;
        const rotated = JSON.parse(await shell(stepNamed('rotate').script, given));
        expect(Date.parse(rotated.previous_secret_valid_until)).toBeGreaterThan(Date.now());
        expect((await send()).status).toBe(202);
        expect((await send({ SECRET: env.NEW_SECRET })).status).toBe(202);
        expect(await send({ SECRET: newSecret() })).toMatchObject({
          status: wwwAuthenticate ? 401 : 403,
          body: { code: 'signature_invalid' },
        });
      }
    }
  });

  it('README.md: test, addresses and rejections', async (context) => {
    const missing = missingTool();
    if (missing) return context.skip(missing);
    const env = variables();
    const { endpoint_url: URL } = await create({ preset: 'github', secret: env.SECRET });
    const given = { ...env, URL };
    const answer = JSON.parse(await shell(stepNamed('test').script, given)) as TestAnswer;
    expect(answer.response.status).toBe(202);
    const typed = JSON.parse(await shell(stepNamed('eventtype').script, given));
    expect(typed.event_type).toBe('header:x-event+body:/action');
    const changed = JSON.parse(await shell(stepNamed('addresses').script, given));
    expect(changed.allowed_ips).toEqual(['192.0.2.0/24', '2001:db8::/32']);
    expect((await fetch(URL, { method: 'POST', body: '{}' })).status).toBe(403);
    await waitFor(async () => {
      const { items } = JSON.parse(await shell(stepNamed('rejections').script, given));
      return items[0]?.code === 'source_not_allowed';
    });
    expect((await fetch(`${URL}.json`, { method: 'POST', body: '{}' })).status).toBe(404);
    await waitFor(async () => {
      const { items } = JSON.parse(await shell(stepNamed('boardrejections').script, given));
      return items[0]?.code === 'url_suffix' && URL.endsWith(items[0].webhook_id);
    });
  });

  it('README.md: receipts', async (context) => {
    const missing = missingTool() ?? missingOpenssl();
    if (missing) return context.skip(missing);
    const folder = await mkdtemp(join(tmpdir(), 'receipt-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const body = '{"order": 7, "note": "ünïcode"}';
    await writeFile(join(folder, 'body'), body);
    const { endpoint_url: URL, id } = await create({});
    const run = (name: string) =>
      shell(`cd "$FOLDER"\n${stepNamed(name).script}`, { ...variables(), URL, FOLDER: folder });
    const answer = JSON.parse(await run('receipt'));
    const output = await run('receiptverify');
    expect(output).toContain('Signature Verified Successfully');
    const claims = JSON.parse(/\{.*\}/.exec(output)?.[0] ?? '');
    expect(claims).toMatchObject({ payload_id: answer.payload_id, webhook_id: id, board_id: scene.boardId });
    expect(output).toContain(`(body)= ${claims.sha256}`);

    const receipt = join(folder, 'receipt');
    const [head, stated = '', signature] = (await readFile(receipt, 'utf8')).split('.');
    const other = Buffer.from(stated, 'base64url').toString().replace(answer.payload_id, crypto.randomUUID());
    await writeFile(receipt, [head, Buffer.from(other).toString('base64url'), signature].join('.'));
    await expect(run('receiptverify')).rejects.toMatchObject({
      stdout: expect.stringContaining('Signature Verification Failure'),
    });
  });

  it.each(['GET', 'HEAD', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'])(
    "a sender's test button that tries %s is told to send events with POST",
    async (method) => {
      const { endpoint_url: url } = await create({ preset: 'github', secret: newSecret() });
      const unknown = url.replace(/[^/]+$/, crypto.randomUUID());
      const isOurs = !['PUT', 'OPTIONS'].includes(method);
      for (const tried of [url, `${url}/`, unknown]) {
        const response = await fetch(tried, { method });
        expect([response.status, response.headers.get('allow')]).toEqual(
          isOurs ? [401, null] : [405, 'POST'],
        );
        const text = await response.text();
        if (method === 'HEAD') expect(text).toBe('');
        else expect(JSON.parse(text).detail).toMatch(/\bPOST\b/);
      }
    },
  );
});

describe('docs/agents.md and its skill', () => {
  it('have commands by which an admin shapes the message, and an agent reads on and answers', async (context) => {
    const missing = missingTool();
    if (missing) return context.skip(missing);
    const [page, skill] = await Promise.all([
      blocksOf('docs/agents.md'),
      blocksOf('docs/agents/skill/SKILL.md'),
    ]);
    const { id, endpoint_url: URL } = await create({ signature_scheme: 'none' });
    const asAdmin = async (name: string) =>
      JSON.parse(await shell(page(name), { TOKEN: system.adminToken, URL }));
    expect((await asAdmin('message')).message.fields).toEqual(['/pull_request/merged']);
    expect((await asAdmin('preview')).text).toContain('\n\nRead "Fix it"\n\n');

    const body = JSON.stringify({
      pull_request: { title: 'Fix the leak', merged: true, body: 'x'.repeat(30_000) },
    });
    const headers = { 'content-type': 'application/json', 'x-github-event': 'pull_request' };
    const answer = await fetch(URL, { method: 'POST', headers, body });
    const { payload_id } = (await answer.json()) as { payload_id: string };
    const { text } = await openclaw.waitForMessage((message) => message.text.includes(payload_id));
    expect(text).toContain('\n\npull_request: "Fix the leak"\n\npull_request.merged: true\n');

    const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'skill-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const given = {
      ...{ MISSION_CONTROL_URL: system.url, MISSION_CONTROL_TOKEN: scene.agentToken, FOLDER: folder },
      READ_LINK: found(/^GET (\S+\/api\/v1\/read\/\S+)$/m),
      PAYLOAD_URL: found(/^GET (\S+\/payloads\/\S+)$/m),
      PAYLOAD_ID: payload_id,
    };
    const run = (name: string, more = {}) => shell(`cd "$FOLDER"\n${skill(name)}`, { ...given, ...more });
    const read = await waitFor(async () => {
      const shown = JSON.parse(await run('link'));
      return shown.id === payload_id && shown;
    });
    expect([read.truncated, read.payload.length]).toEqual([true, 20_000]);
    // Its status may change meanwhile.
    const { id: readId, payload, truncated } = read;
    expect(JSON.parse(await run('payload'))).toMatchObject({ id: readId, payload, truncated });
    await run('save');
    const saved = JSON.parse(await readFile(join(folder, 'payload.json'), 'utf8'));
    expect(saved).toMatchObject({ webhook_id: id, payload: JSON.parse(body), truncated: false });
    const { board_id: BOARD_ID } = JSON.parse(await run('me'));
    expect(BOARD_ID).toBe(scene.boardId);
    const search = JSON.parse(await run('search', { BOARD_ID }));
    expect(search.items.map((item: { id: string }) => item.id)).toContain(payload_id);
    const note = JSON.parse(await run('note', { BOARD_ID }));
    expect(note.content).toBe(`Payload ${payload_id}: reviewed, nothing to do.`);
    const memory = JSON.parse(await run('memory', { BOARD_ID }));
    expect(memory.items).toContainEqual(note);
    expect(memory.items.flatMap(({ tags }: { tags: string[] }) => tags)).toContain(`payload:${payload_id}`);
    expect(system.process.output()).not.toContain(given.READ_LINK.split('/').at(-1));
  });
});

describe('test deliveries and rejections, through the public API', () => {
  it.each(presets)('%s: the sample is accepted at the public URL and the agent is told', async (preset) => {
    const webhook = await create({ preset, secret: newSecret() });
    const answer = await system.admin.post<TestAnswer>(`${webhook.endpoint_path}/test`, undefined);
    expect(answer.response.status).toBe(202);
    const { id, status, timeline } = answer.payload;
    // The response comes after a few seconds, even if the read models are behind.
    const begun = status === 'received' ? [] : ['arrived', 'stored'];
    expect(timeline.slice(0, 2).map(({ what }) => what)).toEqual(begun);
    const whole = await waitFor(async () => {
      const path = `${webhook.endpoint_path}/payloads/${id}/timeline`;
      const { items } = await system.admin.get<{ items: { what: string }[] }>(path);
      return items.some(({ what }) => what === 'told') && items;
    });
    expect(whole.slice(0, 2).map(({ what }) => what)).toEqual(['arrived', 'stored']);
    expect((await shown(webhook, id)).signature).toMatchObject({ verdict: 'verified', scheme: preset });
    await openclaw.waitForMessage(({ text }) => text.includes(id));
  });

  it('shows a wrongly signed delivery with its reason, source and sizes, and stores no payload', async () => {
    const webhook = await create({ preset: 'github', secret: newSecret() });
    const body = '{"zen":"Not mine"}';
    const headers = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    const response = await fetch(`${system.url}${webhook.endpoint_path}`, { method: 'POST', body, headers });
    expect(response.status).toBe(403);
    const { request_id } = (await response.json()) as { request_id: string };
    const rejections = await waitFor(async () => {
      const path = `${webhook.endpoint_path}/rejections`;
      const list = await system.admin.get<{ items: unknown[] }>(path);
      return list.items.length > 0 && list;
    });
    expect(rejections.items).toEqual([
      expect.objectContaining({
        status: 403,
        code: 'signature_invalid',
        cause: 'digest_mismatch',
        header_names: null,
        source_ip: '127.0.0.1',
        declared_bytes: body.length,
        received_bytes: body.length,
        omitted: 0,
        request_id,
      }),
    ]);
    expect(await system.admin.get(`${webhook.endpoint_path}/payloads`)).toMatchObject({ total: 0 });
  });
});
