import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DeliveryReference } from '@mission-control/contracts';
import { expect, it } from 'vitest';
import { ReferenceReader } from './waiting-message.ts';

const boardId = randomUUID();
const webhookId = randomUUID();

const reference = (type: DeliveryReference['cause']['type']): DeliveryReference => {
  const payloadId = randomUUID();
  const stream = type === 'RedeliveryRequested' ? `delivery-${payloadId}` : `payloads-${webhookId}`;
  const cause = { type, eventId: randomUUID(), stream, revision: 7, position: '42' };
  return { payloadId, boardId, webhookId, cause, agentId: null, requestedAt: '2026-03-05T12:00:00.000Z' };
};

const encoded = (one: unknown): Uint8Array => Buffer.from(JSON.stringify(one));

it('reads what was published', () => {
  const reader = new ReferenceReader();
  for (const type of ['WebhookPayloadReceived', 'RedeliveryRequested'] as const) {
    const published = reference(type);
    expect(reader.read(encoded(published))).toEqual(published);
  }
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  expect(reader.read(encoded(reference('WebhookPayloadReceived')), traceparent)).toMatchObject({
    traceparent,
  });
  expect(reader.read(encoded({ boardId }))).toBeNull();
  expect(reader.read(Buffer.from('{'))).toBeNull();
});

it('keeps nothing of the references that it has read, however many payloads they are about', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heapMebibytes = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const reader = new ReferenceReader();
  const readSome = (): void => {
    for (let n = 0; n < 20_000; n += 1) reader.read(encoded(reference('RedeliveryRequested')));
  };
  readSome();
  const before = heapMebibytes();
  for (let times = 0; times < 4; times += 1) readSome();
  expect(heapMebibytes() - before).toBeLessThan(2);
});
