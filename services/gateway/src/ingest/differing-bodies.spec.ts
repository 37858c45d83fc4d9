import type { Dedupe, DedupeDiffering } from '@mission-control/contracts';
import { schemes } from '@mission-control/signatures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type GivenSettings,
  startTestGateway,
  type TestGateway,
  type TestWebhook,
} from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** Requests from one sender that gives all of them the same name. */
interface Sender {
  readonly settings: GivenSettings & Required<Pick<GivenSettings, 'signatureScheme'>>;
  readonly bodies: readonly [string, string, ...string[]];
  readonly headers?: Record<string, string>;
  /** The delivery id, if the scheme signs one. */
  readonly deliveryId?: string;
}

/** Signs each body like the sender would, and sends it. */
const send = async (webhook: TestWebhook, { settings, bodies, headers, deliveryId = 'msg_1' }: Sender) => {
  const { proof } = schemes[settings.signatureScheme];
  const answers: { payload_id: string; duplicate?: boolean }[] = [];
  for (const text of bodies) {
    const body = Buffer.from(text);
    const unsigned = { body, signedAt: Date.now(), deliveryId };
    const signed = proof?.sign({ ...unsigned, key: proof.keyOf(secret) }, { signatureHeader: null });
    const response = await fetch(webhook.url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers, ...signed },
    });
    expect(response.status).toBe(202);
    answers.push((await response.json()) as { payload_id: string });
  }
  return answers;
};

const hmac = (dedupe: Dedupe) => ({ signatureScheme: 'hmac', dedupe }) as const;
const named: Record<string, Sender> = {
  'a number in the body': {
    settings: hmac('body:/data/id'),
    bodies: ['{"data":{"id":7,"state":"Doing"}}', '{"data":{"id":7,"state":"Done"}}'],
  },
  'a number beyond 2^53 in the body': {
    settings: hmac('body:/id'),
    bodies: ['{"id":9007199254740993,"n":1}', '{"id":9007199254740993,"n":2}'],
  },
  'a string in the body, with different whitespace': {
    settings: hmac('body:/id'),
    bodies: ['{"id":"a"}', '{"id": "a"}', '{"id":"a"}\n'],
  },
  'the same values in a different order': {
    settings: hmac('body:/id'),
    bodies: ['{"id":"a","n":1}', '{"n":1,"id":"a"}'],
  },
  'a Stripe event id': {
    settings: { signatureScheme: 'stripe' },
    bodies: ['{"id":"evt_1","created":1772712000,"n":1}', '{"id":"evt_1","created":1772712000,"n":2}'],
  },
  'a Slack event id': {
    settings: { signatureScheme: 'slack' },
    bodies: ['{"event_id":"Ev1","n":1}', '{"event_id":"Ev1","n":2}'],
  },
  'a Standard Webhooks id': {
    settings: { signatureScheme: 'standard-webhooks' },
    bodies: ['{"n":1}', '{"n":2}'],
  },
  'the signed header of Standard Webhooks, configured by the admin': {
    settings: { signatureScheme: 'standard-webhooks', dedupe: 'header:webhook-id' },
    bodies: ['{"n":1}', '{"n":2}'],
  },
};

describe.each(Object.entries(named))('arrivals with %s and different bodies', (_, sender) => {
  const payloadIds = async (dedupeDiffering: DedupeDiffering) => {
    const webhook = await t.createWebhook({ ...sender.settings, secret, dedupeDiffering });
    const answers = [...(await send(webhook, sender)), ...(await send(webhook, sender))];
    const stored = await t.payloads(webhook.webhookId);
    expect(stored.map(({ payloadId }) => payloadId)).toEqual(answers.map(({ payload_id }) => payload_id));
    expect(answers.map(({ duplicate = false }) => duplicate)).toEqual(
      answers.map(({ payload_id }, n) => answers.slice(0, n).some((one) => one.payload_id === payload_id)),
    );
    return stored.map(({ payloadId }) => payloadId);
  };

  it('are one payload with `same`', async () => {
    expect(new Set(await payloadIds('same')).size).toBe(1);
  });

  it('are one payload per body with `separate`; the same body is still a repeat', async () => {
    const ids = await payloadIds('separate');
    const firstRound = ids.slice(0, sender.bodies.length);
    expect(new Set(firstRound).size).toBe(sender.bodies.length);
    expect(ids.slice(sender.bodies.length)).toEqual(firstRound);
  });
});

describe.each(['same', 'separate'] as const)('with %s', (dedupeDiffering) => {
  const bodies = ['{"id":"a","n":1}', '{"id":"a","n":2}'] as const;

  it.each<
    [string, GivenSettings & Required<Pick<GivenSettings, 'signatureScheme'>>, Record<string, string>?]
  >([
    ['a header', hmac('header:x-id'), { 'x-id': '1' }],
    ['the GitHub delivery id', { signatureScheme: 'github' }],
    ['the Shopify delivery id', { signatureScheme: 'shopify' }],
    ['the GitLab delivery id', { signatureScheme: 'gitlab' }],
    ['a body field next to a token', { signatureScheme: 'token', dedupe: 'body:/id' }],
  ])(
    '%s, which is not signed, identifies payloads only together with the body',
    async (_, settings, headers = {}) => {
      const webhook = await t.createWebhook({ ...settings, secret, dedupeDiffering });
      const sender = { settings, bodies, headers };
      const [first, other, again] = [...(await send(webhook, sender)), ...(await send(webhook, sender))];
      expect(other?.payload_id).not.toBe(first?.payload_id);
      expect(again?.payload_id).toBe(first?.payload_id);
    },
  );

  it('arrivals never share a payload when `dedupe` is off', async () => {
    const webhook = await t.createWebhook({ ...hmac('off'), secret, dedupeDiffering });
    const sender = { settings: hmac('off'), bodies };
    const answers = [...(await send(webhook, sender)), ...(await send(webhook, sender))];
    expect(new Set(answers.map(({ payload_id }) => payload_id)).size).toBe(4);
  });
});
