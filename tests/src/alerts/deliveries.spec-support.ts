import { waitFor } from '@mission-control/testing';
import type { Webhook } from '../system/scene.ts';
import type { Case } from './case.spec-support.ts';
import { allAre, greatest, type Snapshot, scrape } from './scrape.spec-support.ts';

const parked = (scraped: Snapshot): number =>
  greatest(scraped, 'mission_control_delivery_outcomes_total', 'outcome="parked"');

/** OpenClaw gateways and agents that do not get their messages. */
export const undelivered: readonly Case[] = [
  {
    name: 'the OpenClaw gateway refuses connections, until it is started',
    fires: ['DeliveriesWaiting', 'OpenClawGatewayAway'],
    fault: async ({ openclaw, accepted }) => ({
      begin: async () => {
        await openclaw.fail({ mode: 'refuse_connections' });
        await accepted(3);
      },
      shows: (scraped) =>
        allAre(0, scraped, 'mission_control_openclaw_gateway_available') &&
        greatest(scraped, 'mission_control_relay_outstanding_age_seconds') > 0,
      mitigate: () => openclaw.heal(),
    }),
  },
  {
    name: 'the OpenClaw gateway has too little CPU, until it has more',
    fires: ['DeliveriesWaiting', 'LaneLagging'],
    fault: async ({ openclaw, accepted }) => ({
      begin: async () => {
        await openclaw.fail({ mode: 'slow', delayMs: 2_000 });
        await accepted(5);
      },
      shows: (scraped) =>
        allAre(1, scraped, 'mission_control_openclaw_gateway_available') &&
        greatest(scraped, 'mission_control_lane_lag_seconds') > 0,
      mitigate: () => openclaw.heal(),
    }),
  },
  {
    name: 'an agent has no session, until it has one',
    fires: ['DeliveriesParked'],
    fault: async ({ installation: { admin }, openclaw, scene, targets, accepted }) => {
      const agent = await admin.post<{ id: string }>('/api/v1/agents', {
        board_id: scene.boardId,
        name: 'Without a session',
      });
      const sent = await admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
        description: 'Its agent has no session',
        enabled: true,
        agent_id: agent.id,
        secret: scene.secret,
        preset: 'github',
      });
      return {
        begin: () => accepted(1, sent),
        shows: (scraped) => parked(scraped) > 0,
        meanwhile: async () => {
          await accepted(3, sent);
          await waitFor(async () => parked(await scrape(targets)) > 1);
        },
        mitigate: async () => {
          await admin.patch(`/api/v1/agents/${agent.id}`, { openclaw_session_id: 'agent:main:given-later' });
          await openclaw.waitForMessage(({ text }) => text.includes(sent.id));
        },
      };
    },
  },
  {
    name: 'a webhook tells its agent more often than it may, until its rules leave such payloads out',
    fires: ['AgentToldOften'],
    fault: async ({ installation: { admin }, scene, targets, send, accepted, pathOf }) => {
      const webhook = await admin.post<Webhook>(`/api/v1/boards/${scene.boardId}/webhooks`, {
        ...{ description: 'Answer each push', enabled: true, secret: scene.secret, preset: 'github' },
        max_told_per_minute: 1,
      });
      const often = (scraped: Snapshot) => greatest(scraped, 'mission_control_relay_told_often') > 0;
      let sending: NodeJS.Timeout | undefined;
      return {
        begin: async () => {
          await accepted(4, webhook);
          sending = setInterval(() => void send(2, webhook).catch(() => {}), 5_000);
        },
        shows: often,
        mitigate: async () => {
          clearInterval(sending);
          await admin.patch(pathOf(webhook), { notify_when: 'has(body.sender)' });
          await accepted(4, webhook);
          await waitFor(async () => !often(await scrape(targets)), { timeout: 300_000, pause: 1_000 });
        },
      };
    },
  },
];
