import type { Fact } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findAgent, findAgentByTokenHash, listAgents } from '../../queries/agents.ts';
import { findBoard, listBoards } from '../../queries/boards.ts';
import { findOpenclawGateway, listOpenclawGateways } from '../../queries/openclaw-gateways.ts';
import { findWebhook, listWebhooks } from '../../queries/webhooks.ts';
import {
  gatewayAvailable,
  gatewayCreated,
  gatewayUnavailable,
  History,
  ids,
  second,
  webhookCreated,
  webhookDeleted,
} from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { configurationProjection } from './configuration.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(configurationProjection);
});
afterAll(() => models.drop());

const all = { limit: 50, offset: 0 };
const boardCreated: Fact<'BoardCreated'> = {
  type: 'BoardCreated',
  data: {
    boardId: ids.board,
    name: 'Customer Success',
    slug: 'customer-success',
    description: 'Keeps customers',
    gatewayId: ids.gateway,
  },
};
const agentAdded = (isLead: boolean): Fact<'AgentAddedToBoard'> => ({
  type: 'AgentAddedToBoard',
  data: { boardId: ids.board, agentId: ids.agent, isLead },
});
const agentCreated: Fact<'AgentCreated'> = {
  type: 'AgentCreated',
  data: {
    agentId: ids.agent,
    boardId: ids.board,
    name: 'Ada',
    openclawSessionId: 'agent:main:ada',
    tokenHash: '1'.repeat(64),
  },
};
describe('boards', () => {
  it('are shown once created, with later changes', async () => {
    await models.project(
      new History().add(boardCreated, {
        type: 'BoardUpdated',
        data: { boardId: ids.board, name: 'Success', gatewayId: null },
      }),
    );
    expect(await findBoard(models.db, ids.board)).toEqual({
      id: ids.board,
      name: 'Success',
      slug: 'customer-success',
      description: 'Keeps customers',
      gateway_id: null,
      lead_agent_id: null,
      created_at: second(1),
      updated_at: second(2),
      revision: 1,
      position: 1n,
    });
    expect(await listBoards(models.db, all)).toMatchObject({ total: 1, items: [{ id: ids.board }] });
  });

  it('do not go back when an older event is repeated', async () => {
    const history = new History().add(boardCreated, {
      type: 'BoardUpdated',
      data: { boardId: ids.board, name: 'Success' },
    });
    await models.project(history);
    await models.apply(history.events.slice(0, 1));
    expect(await findBoard(models.db, ids.board)).toMatchObject({ name: 'Success', revision: 1 });
  });

  it('name their lead', async () => {
    const history = new History().add(boardCreated, agentAdded(true));
    await models.project(history);
    expect(await findBoard(models.db, ids.board)).toMatchObject({ lead_agent_id: ids.agent });

    history.add({ type: 'BoardLeadChanged', data: { boardId: ids.board, leadAgentId: null } });
    await models.project(history);
    expect(await findBoard(models.db, ids.board)).toMatchObject({ lead_agent_id: null });

    history.add(
      { type: 'BoardLeadChanged', data: { boardId: ids.board, leadAgentId: ids.agent } },
      { type: 'AgentRemovedFromBoard', data: { boardId: ids.board, agentId: ids.agent } },
    );
    await models.project(history);
    expect(await findBoard(models.db, ids.board)).toMatchObject({ lead_agent_id: null });
  });

  it('are not changed when webhooks are added or removed', async () => {
    const webhook = { boardId: ids.board, webhookId: ids.webhook };
    await models.project(
      new History().add(
        boardCreated,
        { type: 'WebhookAddedToBoard', data: webhook },
        { type: 'WebhookRemovedFromBoard', data: webhook },
      ),
    );
    expect(await findBoard(models.db, ids.board)).toMatchObject({ updated_at: second(1) });
  });

  it('are removed when deleted', async () => {
    await models.project(
      new History().add(boardCreated, { type: 'BoardDeleted', data: { boardId: ids.board } }),
    );
    expect(await findBoard(models.db, ids.board)).toBeUndefined();
    expect(await listBoards(models.db, all)).toMatchObject({ total: 0, items: [] });
  });

  it('keep names that Postgres text cannot contain, with a replacement character', async () => {
    await models.project(
      new History().add({ ...boardCreated, data: { ...boardCreated.data, name: 'a\0b' } }),
    );
    expect(await findBoard(models.db, ids.board)).toMatchObject({ name: 'a\ufffdb' });
  });
});

describe('agents', () => {
  it('are found only by the hash of their newest token', async () => {
    const history = new History().add(boardCreated, agentAdded(true), agentCreated);
    await models.project(history);
    expect(await findAgentByTokenHash(models.db, '1'.repeat(64))).toMatchObject({
      id: ids.agent,
      is_board_lead: true,
    });

    history.add({ type: 'AgentTokenIssued', data: { agentId: ids.agent, tokenHash: '2'.repeat(64) } });
    await models.project(history);
    expect(await findAgentByTokenHash(models.db, '1'.repeat(64))).toBeUndefined();
    const agent = await findAgentByTokenHash(models.db, '2'.repeat(64));
    expect(agent).toMatchObject({ id: ids.agent, updated_at: second(4) });
    expect(agent).not.toHaveProperty('token_hash');
  });

  it('change their name and session', async () => {
    await models.project(
      new History().add(agentCreated, {
        type: 'AgentUpdated',
        data: { agentId: ids.agent, openclawSessionId: null },
      }),
    );
    expect(await findAgent(models.db, ids.agent)).toMatchObject({
      name: 'Ada',
      openclaw_session_id: null,
      is_board_lead: false,
    });
  });

  it('are listed by board', async () => {
    await models.project(new History().add(agentCreated));
    expect(await listAgents(models.db, ids.board, all)).toMatchObject({
      total: 1,
      items: [{ id: ids.agent }],
    });
    expect(await listAgents(models.db, ids.otherBoard, all)).toMatchObject({ total: 0, items: [] });
    expect(await listAgents(models.db, undefined, all)).toMatchObject({ total: 1 });
  });

  it('are removed when deleted', async () => {
    await models.project(
      new History().add(agentCreated, {
        type: 'AgentDeleted',
        data: { agentId: ids.agent, boardId: ids.board },
      }),
    );
    expect(await findAgent(models.db, ids.agent)).toBeUndefined();
  });
});

describe('OpenClaw gateways', () => {
  it('say whether they have a token, never which', async () => {
    const history = new History().add(gatewayCreated);
    await models.project(history);
    const gateway = await findOpenclawGateway(models.db, ids.gateway);
    expect(gateway).toMatchObject({ has_token: true, url: 'wss://home.example', allow_insecure_tls: false });
    expect(JSON.stringify({ ...gateway, position: '' })).not.toContain('a.b.c.d.e');

    history.add({
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId: ids.gateway, token: null, allowInsecureTls: true },
    });
    await models.project(history);
    expect(await findOpenclawGateway(models.db, ids.gateway)).toMatchObject({
      has_token: false,
      allow_insecure_tls: true,
      name: 'Home',
    });
  });

  it('show their pinned certificate', async () => {
    const history = new History().add(gatewayCreated);
    await models.project(history);
    expect(await findOpenclawGateway(models.db, ids.gateway)).toMatchObject({ tls_fingerprint: null });
    const pinned = 'ab'.repeat(32);
    for (const tlsFingerprint of [pinned, null]) {
      history.add({ type: 'OpenclawGatewayUpdated', data: { gatewayId: ids.gateway, tlsFingerprint } });
      history.add({ type: 'OpenclawGatewayUpdated', data: { gatewayId: ids.gateway, name: 'Renamed' } });
      await models.project(history);
      expect(await findOpenclawGateway(models.db, ids.gateway)).toMatchObject({
        tls_fingerprint: tlsFingerprint,
      });
    }
  });

  const shown = () => findOpenclawGateway(models.db, ids.gateway);

  it('show whether messages can be sent to them, since when, and why not', async () => {
    const history = new History().add(gatewayCreated);
    await models.project(history);
    expect(await shown()).toMatchObject({ delivery_state: 'unknown', delivery_since: null });

    history.add(
      gatewayUnavailable('away', 'gateway_unreachable'),
      gatewayUnavailable('away', 'connect_timeout'),
    );
    await models.project(history);
    expect(await shown()).toMatchObject({
      delivery_state: 'away',
      delivery_since: second(2),
      delivery_code: 'connect_timeout',
      delivery_detail: 'It said connect_timeout.',
      pairing_request_id: null,
      updated_at: second(1),
    });

    history.add(gatewayUnavailable('rejected', 'not_paired', 'request'), {
      type: 'OpenclawGatewayUpdated',
      data: { gatewayId: ids.gateway, name: 'Renamed' },
    });
    await models.project(history);
    expect(await shown()).toMatchObject({
      name: 'Renamed',
      delivery_state: 'rejected',
      delivery_since: second(4),
      pairing_request_id: 'request',
    });

    await models.project(history.add(gatewayAvailable));
    expect(await shown()).toMatchObject({
      delivery_state: 'available',
      delivery_since: second(6),
      delivery_code: null,
      delivery_detail: null,
      pairing_request_id: null,
    });
  });

  it('do not go back to an older state when its event is repeated', async () => {
    const history = new History().add(gatewayCreated, gatewayUnavailable('away', 'x'), gatewayAvailable);
    await models.project(history);
    await models.apply(history.events.slice(1, 2));
    expect(await shown()).toMatchObject({ delivery_state: 'available', delivery_since: second(3) });
  });

  it('are removed when deleted', async () => {
    await models.project(
      new History()
        .add(gatewayCreated, gatewayAvailable, {
          type: 'OpenclawGatewayDeleted',
          data: { gatewayId: ids.gateway },
        })
        .add(gatewayUnavailable('away', 'x')),
    );
    expect(await listOpenclawGateways(models.db, all)).toMatchObject({ total: 0, items: [] });
  });
});

describe('webhooks', () => {
  it('are shown with their changes, on their own board only', async () => {
    await models.project(
      new History().add(webhookCreated(), {
        type: 'WebhookUpdated',
        data: { webhookId: ids.webhook, boardId: ids.board, enabled: false, secret: 'a.b.c.d.e' },
      }),
    );
    expect(await findWebhook(models.db, ids.board, ids.webhook)).toMatchObject({
      description: 'Do it',
      enabled: false,
      has_secret: true,
      signature_scheme: 'github',
    });
    expect(await findWebhook(models.db, ids.otherBoard, ids.webhook)).toBeUndefined();
  });

  it('show default settings until they are set, and how long two secrets are valid', async () => {
    const webhook = { webhookId: ids.webhook, boardId: ids.board };
    const history = new History().add(webhookCreated());
    await models.project(history);
    const find = () => findWebhook(models.db, ids.board, ids.webhook);
    expect(await find()).toMatchObject({
      timestamp_tolerance_seconds: 300,
      allowed_ips: [],
      dedupe: 'scheme',
      dedupe_differing: 'same',
      dedupe_window_seconds: 604_800,
      content_encodings: [],
      receipt: 'on_request',
      encrypt_content: null,
      event_type: 'scheme',
      message_fields: [],
      message_template: null,
      notify_when: null,
      ignore_actors: [],
      actor: null,
      delivery: 'active',
      previous_secret_valid_until: null,
    });

    const previousValidUntil = second(9);
    history.add(
      {
        type: 'WebhookUpdated',
        data: {
          ...webhook,
          timestampToleranceSeconds: 60,
          allowedIps: ['192.0.2.0/24', '2001:db8::/32'],
          dedupe: 'header:x-id',
          dedupeDiffering: 'separate',
          dedupeWindowSeconds: 3600,
          contentEncodings: ['gzip'],
          receipt: 'always',
          eventType: 'body:/type',
          messageFields: ['/a', '/b'],
          messageTemplate: '{{/a}}',
          notifyWhen: 'body.merged',
          ignoreActors: ['ada'],
          actor: '/user',
          delivery: 'paused',
        },
      },
      { type: 'WebhookSecretRotated', data: { ...webhook, secret: 'a.b.c.d.e', previousValidUntil } },
    );
    await models.project(history);
    expect(await find()).toMatchObject({
      has_secret: true,
      timestamp_tolerance_seconds: 60,
      allowed_ips: ['192.0.2.0/24', '2001:db8::/32'],
      dedupe: 'header:x-id',
      dedupe_differing: 'separate',
      dedupe_window_seconds: 3600,
      content_encodings: ['gzip'],
      receipt: 'always',
      event_type: 'body:/type',
      message_fields: ['/a', '/b'],
      message_template: '{{/a}}',
      notify_when: 'body.merged',
      ignore_actors: ['ada'],
      actor: '/user',
      delivery: 'paused',
      previous_secret_valid_until: previousValidUntil,
    });

    history.add({ type: 'WebhookUpdated', data: { ...webhook, secret: 'v.w.x.y.z' } });
    await models.project(history);
    expect(await find()).toMatchObject({
      has_secret: true,
      previous_secret_valid_until: null,
      dedupe_differing: 'separate',
    });
  });

  it('do not change when their payloads expire, and are removed when deleted', async () => {
    const history = new History().add(webhookCreated(), {
      type: 'WebhookPayloadsExpired',
      data: { webhookId: ids.webhook, boardId: ids.board, upToRevision: 3 },
    });
    await models.project(history);
    expect(await findWebhook(models.db, ids.board, ids.webhook)).toMatchObject({ updated_at: second(1) });

    await models.project(history.add(webhookDeleted()));
    expect(await listWebhooks(models.db, ids.board, all)).toMatchObject({ total: 0, items: [] });
  });
});
