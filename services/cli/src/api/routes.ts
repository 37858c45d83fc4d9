/** An operation of the API, as in its description (`/openapi.json`); the names of ids in the path may differ there. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Needs no token, and is not sent one. */
  readonly isPublic?: true;
}

const board = '/api/v1/boards/{board_id}';
const webhook = `${board}/webhooks/{webhook_id}`;
const payload = `${webhook}/payloads/{payload_id}`;
const replay = `${board}/replays/{replay_id}`;
const rebuild = '/api/v1/projections/{name}/rebuild';

/** Every operation that the commands use. */
export const routes = {
  listBoards: { method: 'GET', path: '/api/v1/boards' },
  showBoard: { method: 'GET', path: board },

  listAgents: { method: 'GET', path: '/api/v1/agents' },
  showAgent: { method: 'GET', path: '/api/v1/agents/{agent_id}' },

  listGateways: { method: 'GET', path: '/api/v1/gateways' },
  showGateway: { method: 'GET', path: '/api/v1/gateways/{gateway_id}' },

  listWebhooks: { method: 'GET', path: `${board}/webhooks` },
  createWebhook: { method: 'POST', path: `${board}/webhooks` },
  showWebhook: { method: 'GET', path: webhook },
  previewMessage: { method: 'POST', path: `${webhook}/preview` },
  testWebhook: { method: 'POST', path: `${webhook}/test` },

  listPayloads: { method: 'GET', path: `${webhook}/payloads` },
  showPayload: { method: 'GET', path: payload },
  rawPayload: { method: 'GET', path: `${payload}/raw` },
  rawArrival: { method: 'GET', path: `${payload}/arrivals/{arrival}/raw` },
  showTimeline: { method: 'GET', path: `${payload}/timeline` },
  redeliverPayload: { method: 'POST', path: `${payload}/redeliver` },
  deletePayload: { method: 'DELETE', path: payload },

  createWebhookReplay: { method: 'POST', path: `${webhook}/replays` },
  createBoardReplay: { method: 'POST', path: `${board}/replays` },
  listWebhookReplays: { method: 'GET', path: `${webhook}/replays` },
  listBoardReplays: { method: 'GET', path: `${board}/replays` },
  showReplay: { method: 'GET', path: replay },
  changeReplay: { method: 'PATCH', path: replay },
  cancelReplay: { method: 'DELETE', path: replay },
  listReplayItems: { method: 'GET', path: `${replay}/items` },

  listProjections: { method: 'GET', path: '/api/v1/projections' },
  rebuildProjection: { method: 'POST', path: rebuild },
  cancelRebuild: { method: 'DELETE', path: rebuild },

  listAuditEvents: { method: 'GET', path: '/api/v1/audit/events' },
  showAuditEvent: { method: 'GET', path: '/api/v1/audit/events/{event_id}' },
  showAuditTrail: { method: 'GET', path: '/api/v1/audit/trail/{kind}/{resource_id}' },

  showReceiptKey: { method: 'GET', path: '/api/v1/receipt-keys/{key_id}', isPublic: true },
  exportAudit: { method: 'GET', path: '/api/v1/audit/export' },
} as const satisfies Record<string, Route>;

/** The path with the ids in it. */
export const pathWith = ({ path }: Route, ids: Readonly<Record<string, string>>): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const id = ids[name];
    if (id === undefined) throw new Error(`${path} needs ${name}`);
    return encodeURIComponent(id);
  });

/** Whether a description of the API has the operation. */
export const isDescribed = (
  { method, path }: Route,
  paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): boolean => {
  const [described] = Object.entries(paths).filter(([one]) => withoutNames(one) === withoutNames(path));
  return described !== undefined && method.toLowerCase() in described[1];
};

const withoutNames = (path: string): string => path.replace(/\{\w+\}/g, '{}');
