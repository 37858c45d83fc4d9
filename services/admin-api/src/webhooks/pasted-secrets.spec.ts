import { randomBytes } from 'node:crypto';
import { aggregates, decideOn } from '@mission-control/aggregates';
import {
  type EventContext,
  newOrderedId,
  secretContexts,
  signatureSchemeSchema,
} from '@mission-control/contracts';
import { decideWebhook } from '@mission-control/domain';
import { openKeyring } from '@mission-control/keyring';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAdminApi, type TestAdminApi } from '../testing/test-admin-api.ts';

const key = randomBytes(32);
let api: TestAdminApi;
let webhooks: string;
beforeAll(async () => {
  api = await startTestAdminApi({ ENCRYPTION_KEY: [key] });
  const { id } = await api.create('/api/v1/boards', { name: 'Board' });
  webhooks = `/api/v1/boards/${id}/webhooks`;
});
afterAll(() => api.stop());

const good = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const pasted = [
  ['space', ' ', 'U+0020'],
  ['tab', '\t', 'U+0009'],
  ['line feed', '\n', 'U+000A'],
  ['carriage return and line feed', '\r\n', 'U+000A'],
  ['no-break space', '\u00a0', 'U+00A0'],
  ['zero-width space', '\u200b', 'U+200B'],
  ['zero-width joiner', '\u200d', 'U+200D'],
  ['word joiner', '\u2060', 'U+2060'],
  ['right-to-left mark', '\u200f', 'U+200F'],
  ['ideographic space', '\u3000', 'U+3000'],
  ['soft hyphen', '\u00ad', 'U+00AD'],
  ['Hangul filler', '\u3164', 'U+3164'],
  ['byte order mark', '\ufeff', 'U+FEFF'],
  ['tag character', '\u{e0061}', 'U+E0061'],
] as const;

const problem = (field: string, code: string, verb: 'starts' | 'ends') => ({
  status: 422,
  body: {
    code: 'validation_failed',
    errors: [
      {
        field,
        message: `${verb} with ${code === 'U+0020' ? 'a space (U+0020)' : `the invisible character ${code}`}; remove it`,
      },
    ],
  },
});

describe('a secret that was pasted with an invisible character', () => {
  it.each(pasted)(
    'is rejected with a %s at either end, when created, changed and rotated',
    async (...given) => {
      const [, unseen, code] = given;
      const { id } = await api.create(webhooks, { description: 'x', secret: good });
      const path = `${webhooks}/${id}`;
      const atEnd = { secret: `${good}${unseen}` };
      const refusal = problem('secret', code, 'ends');
      const created = { description: 'x', preset: 'stripe', ...atEnd };
      expect(await api.call('POST', webhooks, { body: created })).toMatchObject(refusal);
      expect(await api.call('PATCH', path, { body: atEnd })).toMatchObject(refusal);
      expect(await api.call('POST', `${path}/secret/rotate`, { body: atEnd })).toMatchObject(refusal);
      const first = `U+${unseen.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
      const atBeginning = { body: { description: 'x', secret: `${unseen}${good}` } };
      expect(await api.call('POST', webhooks, atBeginning)).toMatchObject(problem('secret', first, 'starts'));
    },
  );

  it.each(signatureSchemeSchema.options.filter((scheme) => scheme !== 'none'))(
    'is rejected for the scheme %s, which accepts it without the character',
    async (scheme) => {
      const body = { description: 'x', signature_scheme: scheme };
      for (const [unseen, code] of [
        [' ', 'U+0020'],
        ['\u00a0', 'U+00A0'],
        ['\u200b', 'U+200B'],
      ] as const) {
        expect(
          await api.call('POST', webhooks, { body: { ...body, secret: `${good}${unseen}` } }),
        ).toMatchObject(problem('secret', code, 'ends'));
      }
      await api.create(webhooks, { ...body, secret: good });
    },
  );

  it('is never repeated in the response', async () => {
    const body = { description: 'x', secret: `${good} ` };
    expect((await api.call('POST', webhooks, { body })).text).not.toContain(good);
  });

  it('may contain spaces in the middle', async () => {
    await api.create(webhooks, { description: 'x', secret: 'correct horse\u00a0battery staple' });
  });

  it('keeps working if it was stored before this check existed', async () => {
    const { id } = await api.create(webhooks, { description: 'x', secret: good });
    const context: EventContext = {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'admin', id: 'root' },
      correlationId: newOrderedId(),
      causationId: null,
    };
    const keyring = await openKeyring(api.store, [key], context);
    const secret = await keyring.encrypt(secretContexts.webhook(id), `${good} `);
    await decideOn(api.store, aggregates.webhook, id, context, (state) =>
      decideWebhook({ type: 'UpdateWebhook', secret }, state),
    );
    const changed = { description: 'y', signature_scheme: 'stripe' };
    expect(await api.call('PATCH', `${webhooks}/${id}`, { body: changed })).toMatchObject({
      status: 200,
      body: { ...changed, has_secret: true },
    });
  });
});

describe("an OpenClaw gateway's token", () => {
  it.each(pasted)('is rejected with a %s at its end', async (_, unseen, code) => {
    const gateway = { name: 'x', url: 'ws://127.0.0.1:1', token: `${good}${unseen}` };
    expect(await api.call('POST', '/api/v1/gateways', { body: gateway })).toMatchObject(
      problem('token', code, 'ends'),
    );
    const { id } = await api.create('/api/v1/gateways', { ...gateway, token: good });
    expect(
      await api.call('PATCH', `/api/v1/gateways/${id}`, { body: { token: gateway.token } }),
    ).toMatchObject(problem('token', code, 'ends'));
  });
});
