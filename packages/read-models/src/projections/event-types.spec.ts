import {
  eventTypeOf,
  type Fact,
  isEvent,
  memoryEntryIdOf,
  webhookDefaults,
} from '@mission-control/contracts';
import { evolveWebhook, noWebhook } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { batchSizes } from '../testing/any-history.ts';
import { History, ids, received, webhookCreated } from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { memoryProjection } from './memory/memory.ts';
import { payloadsProjection } from './payloads/payloads.ts';

let payloads: TestReadModels;
let memory: TestReadModels;
beforeAll(async () => {
  payloads = await openTestReadModels(payloadsProjection);
  memory = await openTestReadModels(memoryProjection);
});
afterAll(async () => {
  await payloads.drop();
  await memory.drop();
});

const change = fc
  .record(
    {
      eventType: fc.constantFrom(
        'scheme',
        'off',
        'body:/type',
        'header:x-kind+body:/action',
        'form:type',
        'body:/missing',
      ),
      description: fc.constantFrom('Do it', 'Do that'),
      enabled: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map(
    (data): Fact => ({
      type: 'WebhookUpdated',
      data: { webhookId: ids.webhook, boardId: ids.board, ...data },
    }),
  );

const text = fc.constantFrom('push', 'a b', '/exec', '\u202e', '', 'pull_request');
const arrival = fc
  .record({
    payload: fc.nat(9),
    webhookRevision: fc.nat(9),
    scheme: fc.constantFrom('github', 'stripe', 'none'),
    body: fc.record({ type: text, action: text }, { requiredKeys: [] }),
    headers: fc.dictionary(fc.constantFrom('x-github-event', 'x-kind', 'sentry-hook-resource'), text),
  })
  .map(({ payload, webhookRevision, scheme, body, headers }) =>
    received({
      payloadId: `${ids.payload.slice(0, -1)}${payload}`,
      webhookRevision,
      verification: { verdict: 'unverified', scheme },
      headers: Object.entries(headers),
      text: JSON.stringify(body),
    }),
  );

const history = fc
  .array(fc.oneof(change, { arbitrary: arrival, weight: 2 }), { minLength: 1, maxLength: 30 })
  .map((facts) => new History().add(webhookCreated(), ...facts).events);

/** What the function says about each payload's first arrival, by the settings at the arrival's revision. */
const expected = (events: readonly ProjectedEvent[]) => {
  const firsts = new Map<string, ProjectedEvent>();
  for (const event of events)
    if (isEvent(event, 'WebhookPayloadReceived') && !firsts.has(event.data.payloadId))
      firsts.set(event.data.payloadId, event);
  return [...firsts.values()].map((event) => {
    if (!isEvent(event, 'WebhookPayloadReceived')) throw new Error('Only arrivals are first.');
    const webhook = events
      .filter((one) => isEvent(one, 'WebhookCreated', 'WebhookUpdated'))
      .filter(({ revision }) => revision <= event.data.webhookRevision)
      .reduce(evolveWebhook, noWebhook);
    const { eventType } = webhook.status === 'active' ? webhook : webhookDefaults;
    return { id: event.data.payloadId, ...eventTypeOf(event.data, { eventType }) };
  });
};

it('the event type in both projections is the function of the event and of the settings at receipt, for any history', async () => {
  await fc.assert(
    fc.asyncProperty(history, batchSizes, async (events, sizes) => {
      await payloads.empty();
      await memory.empty();
      // A gateway has read the revision that it names, so the log contains it before the arrival.
      const known = events.filter(
        (event) =>
          !isEvent(event, 'WebhookPayloadReceived') ||
          events.some(
            (one) =>
              isEvent(one, 'WebhookCreated', 'WebhookUpdated') &&
              one.revision === event.data.webhookRevision &&
              one.position < event.position,
          ),
      );
      for (let at = 0, n = 0; at < known.length; n += 1) {
        const size = sizes[n % sizes.length] ?? 1;
        await payloads.apply(known.slice(at, at + size));
        await memory.apply(known.slice(at, at + size));
        at += size;
      }
      const wanted = expected(known);
      const rows = await payloads.db
        .selectFrom('board_webhook_payloads')
        .select(['id', 'event_type', 'sender'])
        .execute();
      const byId = new Map(rows.map((row) => [row.id, row]));
      const entries = await memory.db
        .selectFrom('board_memory')
        .select(['id', 'event_type', 'tags'])
        .execute();
      const entryOf = new Map(entries.map((row) => [row.id, row]));
      expect(rows.length).toBe(wanted.length);
      for (const { id, type, sender } of wanted) {
        expect(byId.get(id)).toEqual({ id, event_type: type, sender });
        const entry = entryOf.get(memoryEntryIdOf(id));
        expect(entry?.event_type).toBe(type);
        expect(entry?.tags.filter((tag) => tag.startsWith('event:'))).toEqual(
          type === null ? [] : [`event:${type}`],
        );
      }
    }),
    { numRuns: process.env.TEST_SIZE === 'full' ? 200 : 40 },
  );
});
