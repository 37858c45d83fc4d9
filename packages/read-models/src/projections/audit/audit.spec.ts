import { randomUUID } from 'node:crypto';
import { openclawGatewayStatusesKept, streams } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAuditEvents } from '../../queries/audit-events.ts';
import {
  boardCreated,
  gatewayAvailable,
  gatewayCreated,
  History,
  ids,
  parked,
  received,
  refused,
  second,
  told,
  webhookCreated,
  webhookDeleted,
} from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { auditProjection } from './audit.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(auditProjection);
});
afterAll(() => models.drop());

const events = async (filter = {}) => (await listAuditEvents(models.db, { limit: 100, ...filter })).items;
const types = async (filter = {}) => (await events(filter)).map(({ type }) => type);
const resources = () => models.db.selectFrom('audit_resources').selectAll().orderBy('kind').execute();
const first = randomUUID();
const of = { webhookId: ids.webhook, boardId: ids.board };
const expired = (upToRevision: number, ...payloadIds: string[]) =>
  ({ type: 'WebhookPayloadsExpired', data: { ...of, upToRevision, payloadIds } }) as const;
const deleted = (payloadId: string) =>
  ({ type: 'WebhookPayloadDeleted', data: { ...of, payloadId, undelivered: false } }) as const;
const pruned = (...entryIds: string[]) =>
  ({
    type: 'MemoryEntriesPruned',
    data: { boardId: ids.board, entryIds, criteria: { before: null, tag: 'x', source: null, isChat: null } },
  }) as const;
const gatewayDeleted = { type: 'OpenclawGatewayDeleted', data: { gatewayId: ids.gateway } } as const;
const removals = () => models.db.selectFrom('audit_removals').selectAll().orderBy('position').execute();

describe('the audit index', () => {
  it('has each event without its content, and what it names', async () => {
    await models.project(
      new History().add(boardCreated(), webhookCreated('Keep this'), received({ id: first, text: '"body"' })),
    );
    const [created, , arrived] = await events();
    expect(created).toEqual({
      position: 1n,
      event_id: expect.any(String),
      stream: `board-${ids.board}`,
      revision: 0,
      type: 'BoardCreated',
      recorded_at: second(1),
      occurred_at: second(1),
      actor_kind: 'admin',
      actor_id: 'test',
      correlation_id: 'test',
      causation_id: null,
      board_id: ids.board,
      webhook_id: null,
      payload_id: null,
      agent_id: null,
      gateway_id: ids.gateway,
    });
    expect(arrived).toMatchObject({ event_id: first, payload_id: ids.payload, webhook_id: ids.webhook });
    const { audit_events: rows = [] } = await models.dump();
    expect(rows.join()).not.toMatch(/Keep this|body|192\.30\.252\.1/);
  });

  it('leaves out rejections', async () => {
    await models.project(new History().add(gatewayCreated, refused()));
    expect(await types()).toEqual(['OpenclawGatewayCreated']);
  });

  it('has the newest changes of the status of an OpenClaw gateway, as the log has, until that is deleted', async () => {
    const stream = streams.openclawGatewayStatus(ids.gateway);
    const kept = openclawGatewayStatusesKept;
    const first = [gatewayAvailable, gatewayAvailable, gatewayAvailable];
    await models.project(
      new History().add(gatewayCreated, ...first, { ...gatewayAvailable, hiddenBefore: kept - 2 }),
    );
    const revisions = (await events({ stream })).map(({ revision }) => revision);
    expect(revisions).toEqual([2, kept + 1]);
    await models.project(
      new History().add(gatewayCreated, gatewayAvailable, gatewayDeleted, gatewayAvailable),
    );
    expect(await types()).toEqual(['OpenclawGatewayCreated', 'OpenclawGatewayDeleted']);
  });

  it('remembers what was deleted', async () => {
    await models.project(new History().add(boardCreated(), webhookCreated(), webhookDeleted()));
    expect(await resources()).toEqual([
      { kind: 'board', id: ids.board, board_id: null, created_position: 1n, deleted_position: null },
      { kind: 'webhook', id: ids.webhook, board_id: ids.board, created_position: 2n, deleted_position: 3n },
    ]);
  });

  it('forgets the payloads of a deleted webhook, even those that arrive afterwards', async () => {
    await models.project(
      new History().add(
        webhookCreated(),
        received({ id: first }),
        told(first),
        webhookDeleted(),
        received({ payloadId: ids.otherPayload }),
        parked(randomUUID(), 'no_agent', ids.otherPayload),
      ),
    );
    expect(await types()).toEqual(['WebhookCreated', 'WebhookDeleted']);
  });

  it('forgets expired and deleted payloads with their deliveries, even those that arrive again', async () => {
    await models.project(
      new History().add(
        webhookCreated(),
        received({ id: first }),
        told(first),
        received({ payloadId: ids.otherPayload }),
        parked(randomUUID(), 'no_agent', ids.otherPayload),
        expired(0, ids.payload),
        deleted(ids.otherPayload),
        deleted(ids.otherPayload),
        received({ payloadId: ids.otherPayload }),
        told(first),
        received({}),
      ),
    );
    expect(await types()).toEqual([
      'WebhookCreated',
      'WebhookPayloadsExpired',
      'WebhookPayloadDeleted',
      'WebhookPayloadDeleted',
    ]);
    const by = { owner_id: ids.webhook };
    expect(await removals()).toEqual([
      { ...by, id: ids.payload, position: 6n },
      { ...by, id: ids.otherPayload, position: 7n },
    ]);
  });

  it('forgets what was removed of a deleted webhook', async () => {
    await models.project(
      new History().add(
        webhookCreated(),
        received({}),
        deleted(ids.payload),
        webhookDeleted(),
        expired(0, ids.otherPayload),
      ),
    );
    expect(await types()).toEqual(['WebhookCreated', 'WebhookDeleted']);
    expect(await removals()).toEqual([]);
  });

  it('knows which entries of board memory were pruned, by which event', async () => {
    await models.project(new History().add(webhookCreated(), pruned(ids.entry), webhookDeleted()));
    expect(await removals()).toEqual([{ id: ids.entry, owner_id: ids.board, position: 2n }]);
  });

  it('is looked through piece by piece where no index has what a filter asks for', async () => {
    await models.project(
      new History().add(boardCreated(), webhookCreated(), received({}), received({}), boardCreated(null)),
    );
    const pages: (readonly bigint[])[] = [];
    const about = { subject: { kind: 'board', id: ids.board }, type: 'BoardCreated' } as const;
    for (const filter of [{ subject: about.subject }, { actor: { kind: 'service' } as const }, about]) {
      for (let cursor: string | undefined; ; ) {
        const page = await listAuditEvents(models.db, { limit: 2, cursor, ...filter }, 3);
        pages.push(page.items.map(({ position }) => position));
        if (page.next_cursor === null) break;
        cursor = page.next_cursor;
      }
    }
    expect(pages).toEqual([
      // All name the board.
      ...[[1n, 2n], [3n, 4n], [5n]],
      // No service did anything.
      ...[[], []],
      // The type is in an index.
      [1n, 5n],
    ]);
  });

  it('of a copied log has the times at which the copied events happened', async () => {
    const copied = new History().add(boardCreated(), {
      type: 'LogRestored',
      data: { origin: 'copy' },
    });
    const { events: recorded } = copied.add(webhookCreated());
    const later = recorded.map((event) => ({ ...event, recordedAt: second(1_000 + Number(event.position)) }));
    await models.empty();
    await models.apply(later);
    expect((await events()).map(({ recorded_at }) => recorded_at)).toEqual([
      second(1),
      second(1_002),
      second(1_003),
    ]);
  });
});
