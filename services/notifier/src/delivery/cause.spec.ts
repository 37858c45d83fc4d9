import 'reflect-metadata';
import { type DeliveryReference, newRandomId } from '@mission-control/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Surroundings } from '../testing/test-notifier.ts';
import { readCauses } from './cause.ts';

let around: Surroundings;

beforeEach(async () => {
  around = await Surroundings.create();
});

afterEach(() => around.end());

it('reads successive causes together, and knows which of them are gone', async () => {
  const boardId = await around.scene.board({ gatewayId: null });
  const webhookId = await around.scene.webhook(boardId);
  const arrivals = [];
  for (let n = 0; n < 5; n += 1) arrivals.push(await around.scene.arrival({ boardId, webhookId }));
  const references = arrivals.map(
    ({ payloadId, id: eventId, stream, revision, position }): DeliveryReference => ({
      payloadId,
      boardId,
      webhookId,
      cause: {
        type: 'WebhookPayloadReceived',
        eventId,
        stream,
        revision,
        position: position.toString(),
      },
    }),
  );
  const [, , third] = references;
  if (!third) throw new Error('There are too few references.');
  // Made for another log.
  references[2] = { ...third, cause: { ...third.cause, eventId: newRandomId() } };
  const read = async () =>
    (await readCauses(around.store, references)).map((one) => (one === 'gone' ? one : one.cause.eventId));
  const [, second, , fourth, fifth] = arrivals.map(({ id }) => id);
  expect(await read()).toEqual([arrivals[0]?.id, second, 'gone', fourth, fifth]);
  await around.store.setStreamMetadata(arrivals[0]?.stream ?? '', { truncateBefore: 1 });
  expect(await read()).toEqual(['gone', second, 'gone', fourth, fifth]);
});
