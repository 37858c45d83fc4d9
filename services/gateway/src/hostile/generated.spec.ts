import { createHash, randomInt } from 'node:crypto';
import { openBody, parseEvent, type WebhookPayloadReceived } from '@mission-control/contracts';
import type { Position } from '@mission-control/event-store';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from '../testing/answers.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';
import { type GeneratedRequest, generatedRequests } from './generated/request.ts';

const size = process.env.TEST_SIZE === 'full' ? 100_000 : 5_000;
/** Set `HOSTILE_SEED` to repeat a run. */
const seed = Number(process.env.HOSTILE_SEED ?? randomInt(2 ** 31));
const batchSize = 1_000;
const connections = 32;
const maxBytes = 2_000;
const secret = 'tell nobody';

let t: TestGateway;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream((_, response) => response.writeHead(204).end());
  t = await startTestGateway({
    env: {
      ADMIN_API_URL: upstream.url,
      WEBHOOK_MAX_PAYLOAD_BYTES: String(maxBytes),
      WEBHOOK_RATE_LIMIT: '0',
      LOG_LEVEL: 'warn',
    },
  });
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});

const shown = ({ bytes }: GeneratedRequest) => JSON.stringify(bytes.toString('latin1'));
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What is wrong with a response; null: nothing. */
const faultOfAnswer = (answer: Answer, request: GeneratedRequest): string | null => {
  const { status, headers, body } = answer;
  if (status === 204) return null;
  if (status === 408) return 'the server waited for more bytes';
  if (status < 200 || status > 499) return `status ${status}: ${body}`;
  if (status === 202 && request.unfinished) return 'an unfinished request was accepted';
  const { ok, code, detail, request_id: id } = JSON.parse(body);
  if (status === 202) return ok === true ? null : 'a 202 with an unexpected body';
  const formed = /^[a-z_]+$/.test(code) && /^[A-Z].*\.$/.test(detail) && id === headers.get('x-request-id');
  return formed ? null : `an error in an unexpected format: ${body}`;
};

/** Sends the requests over several connections at once. Resolves to the accepted ones by the request id of their response. */
const sendAll = async (requests: readonly GeneratedRequest[], statuses: Map<number, number>) => {
  const acceptedById = new Map<string, GeneratedRequest>();
  const waiting = requests.values();
  const sendSome = async () => {
    const connection = new RawConnection(t.port);
    for (const request of waiting) {
      const answer = await connection.send(request.bytes, request).catch((error: Error) => error);
      if (answer instanceof Error) throw new Error(`${answer.message} ${shown(request)}`);
      const fault = answer ? faultOfAnswer(answer, request) : request.unfinished ? null : 'no answer';
      if (fault) throw new Error(`${fault}, to ${shown(request)}`);
      const status = answer?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 202) acceptedById.set(answer?.headers.get('x-request-id') ?? '', request);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, sendSome));
  return acceptedById;
};

/** Compares what was stored after the position with what was accepted. Returns the position up to which it read. */
const compare = async (accepted: Map<string, GeneratedRequest>, from: Position | 'start') => {
  let last = from;
  for await (const recorded of t.store.readAll({ from, filter: { types: ['WebhookPayloadReceived'] } })) {
    last = recorded.position;
    const { data, metadata } = parseEvent(recorded);
    const payload = data as WebhookPayloadReceived;
    const request = accepted.get(metadata.correlationId);
    if (!request) throw new Error(`Stored but not accepted: ${JSON.stringify(payload)}`);
    accepted.delete(metadata.correlationId);
    const expected = { sha256: digest(request.body), size: request.body.length };
    const stored = { sha256: digest(openBody(payload.body)), size: payload.size };
    expect(stored, `stored for ${shown(request)}`).toEqual(expected);
    expect(payload.sha256).toBe(expected.sha256);
  }
  expect([...accepted.values()].map(shown), 'accepted but not stored').toEqual([]);
  return last;
};

const name = `${size} generated requests get well-formed responses, and are stored as sent or not at all (seed ${seed})`;

it(name, { timeout: 1_800_000 }, async () => {
  const open = await t.createWebhook();
  const signed = await t.createWebhook({ secret });
  const disabled = await t.createWebhook({ enabled: false });
  const requests = generatedRequests({ open, signed, disabled, secret, maxBytes });
  const statuses = new Map<number, number>();
  let position: Position | 'start' = 'start';
  for (let done = 0; done < size; done += batchSize) {
    const batch = fc.sample(requests, { numRuns: Math.min(batchSize, size - done), seed: seed + done });
    position = await compare(await sendAll(batch, statuses), position);
  }
  console.log(`answers: ${JSON.stringify(Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)))}`);
  expect(statuses.get(202)).toBeGreaterThan(size / 4);
  expect((await fetch(open.url, { method: 'POST', body: '{}' })).status).toBe(202);
});
