/** Stream names: `<category>-<id>`. A category contains no dash, so the first dash ends it. */
export const streams = {
  board: (boardId: string) => `board-${boardId}`,
  boardSlug: (slug: string) => `board_slug-${slug}`,
  agent: (agentId: string) => `agent-${agentId}`,
  openclawGateway: (gatewayId: string) => `openclaw_gateway-${gatewayId}`,
  openclawGatewayStatus: (gatewayId: string) => `openclaw_gateway_status-${gatewayId}`,
  webhook: (webhookId: string) => `webhook-${webhookId}`,
  payloads: (webhookId: string) => `payloads-${webhookId}`,
  delivery: (payloadId: string) => `delivery-${payloadId}`,
  memory: (boardId: string) => `memory-${boardId}`,
  rejections: (webhookId: string) => `rejections-${webhookId}`,
  replay: (replayId: string) => `replay-${replayId}`,
  replayItems: (replayId: string) => `replay_items-${replayId}`,
  removals: (webhookId: string) => `removals-${webhookId}`,
  relay: 'relay',
  steward: 'steward',
  replays: 'replays',
  keyring: 'keyring',
  installation: 'installation',
  logCopy: 'log_copy',
} as const;

/** Prefixes for filters over the whole log. */
export const streamPrefixes = {
  board: 'board-',
  boardSlug: 'board_slug-',
  agent: 'agent-',
  openclawGateway: 'openclaw_gateway-',
  openclawGatewayStatus: 'openclaw_gateway_status-',
  webhook: 'webhook-',
  payloads: 'payloads-',
  delivery: 'delivery-',
  memory: 'memory-',
  rejections: 'rejections-',
  replay: 'replay-',
  removals: 'removals-',
} as const;
