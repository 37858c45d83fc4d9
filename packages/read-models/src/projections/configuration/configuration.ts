import { eventTypes, streamPrefixes } from '@mission-control/contracts';
import type { Projection } from '@mission-control/projections';
import type { ReadModels } from '../../tables/read-models.ts';
import { agents } from './agents.ts';
import { boards } from './boards.ts';
import { projectOpenclawGatewayStatus } from './openclaw-gateway-status.ts';
import { openclawGateways } from './openclaw-gateways.ts';
import { projectStreamTable } from './stream-table.ts';
import { webhooks } from './webhooks.ts';

/** Boards, agents, OpenClaw gateways and webhooks as they are configured now, and whether messages reach the OpenClaw gateways. */
export const configurationProjection: Projection<ReadModels, 'configuration'> = {
  name: 'configuration',
  // Since version 2, a webhook has dedupe_differing and content_encodings.
  version: 2,
  filter: {
    streamPrefixes: [
      streamPrefixes.board,
      streamPrefixes.agent,
      streamPrefixes.openclawGateway,
      streamPrefixes.openclawGatewayStatus,
      streamPrefixes.webhook,
    ],
    types: [
      ...eventTypes.board,
      ...eventTypes.agent,
      ...eventTypes.openclawGateway,
      ...eventTypes.openclawGatewayStatus,
      ...eventTypes.webhook,
    ],
  },
  tables: ['boards', 'agents', 'openclaw_gateways', 'board_webhooks'],
  apply: async (tx, events) => {
    await projectStreamTable(tx, boards, events);
    await projectStreamTable(tx, agents, events);
    await projectStreamTable(tx, openclawGateways, events);
    await projectOpenclawGatewayStatus(tx, events);
    await projectStreamTable(tx, webhooks, events);
  },
};
