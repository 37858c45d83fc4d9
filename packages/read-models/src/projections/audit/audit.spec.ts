import { randomUUID } from 'node:crypto';
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
const expired = (upToRevision: number) =>
  ({
    type: 'WebhookPayloadsExpired',
    data: { webhookId: ids.webhook, boardId: ids.board, upToRevision },
  }) as const;

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

  it('leaves out rejections and the status of OpenClaw gateways', async () => {
    await models.project(new History().add(gatewayCreated, gatewayAvailable, refused()));
    expect(await types()).toEqual(['OpenclawGatewayCreated']);
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

  it('forgets expired payloads with their deliveries, unless they had arrived again', async () => {
    const history = new History().add(
      webhookCreated(),
      received({ id: first }),
      told(first),
      received({ payloadId: ids.otherPayload }),
      parked(randomUUID(), 'no_agent', ids.otherPayload),
      received({ payloadId: ids.otherPayload }),
      expired(1),
      told(first),
    );
    await models.project(history);
    expect(await types()).toEqual([
      'WebhookCreated',
      'DeliveryParked',
      'WebhookPayloadReceived',
      'WebhookPayloadsExpired',
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
