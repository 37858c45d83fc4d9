import { ApiError, bearerTokens, type NamedToken } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashOfToken } from '../agents/agent-token.ts';
import type { Caller, CallingAgent } from './caller.ts';
import { traceparentOf } from './observe-requests.ts';

export interface Authentication {
  readonly admins: readonly NamedToken[];
  readonly auditors: readonly NamedToken[];
  /** The agent whose current token has this SHA-256 (hex), or null. */
  readonly agentByTokenHash: (hash: string) => Promise<CallingAgent | null>;
}

const agentRoutes = '/api/v1/agent/';
const isAgentRoute = ({ routeOptions }: FastifyRequest): boolean =>
  routeOptions.url?.startsWith(agentRoutes) === true;

/** The token of a read link is in its path: `web_fetch` of an OpenClaw agent sends no headers. */
const readLinkRoutes = '/api/v1/read/';
/** Whether the response becomes a tool result in front of a model. */
export const answersAgents = (request: FastifyRequest): boolean =>
  isAgentRoute(request) || request.routeOptions.url?.startsWith(readLinkRoutes) === true;

/** Routes below `/api/` that need no token in a header. */
const publicRoutes = /^\/api\/v1\/(?:receipt-keys(?:\/|$)|read\/)/;
/** @param route as the router or the API description spells it, with placeholders */
export const isPublicRoute = (route: string): boolean =>
  !route.startsWith('/api/') || publicRoutes.test(route);

/** Senders know this route: their forms try it with GET or HEAD. */
const webhookRoute = '/api/v1/boards/:board_id/webhooks/:webhook_id';
const agentToken = /^[\w-]{1,200}$/;
const wellFormedTrace = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Decides by the route that the router matched, so no spelling of a path bypasses it. Agent routes need an agent's token, the
 * public keys of receipts, read links and routes outside `/api/` need no header, and all other routes need a bearer token. Runs before the body is read.
 */
export const authenticate = ({ admins, auditors, agentByTokenHash }: Authentication) => {
  const admin = bearerTokens(admins);
  const auditor = bearerTokens(auditors);

  const byBearer = (request: FastifyRequest): Pick<Caller, 'role' | 'actor' | 'agent'> => {
    const { authorization } = request.headers;
    const names = { admin: admin(authorization), auditor: auditor(authorization) };
    if (names.admin !== null) {
      return { role: 'admin', actor: { kind: 'admin', id: names.admin }, agent: null };
    }
    if (names.auditor === null) {
      const how = 'a valid token in the header Authorization: Bearer <token>.';
      const isWebhook = request.routeOptions.url === webhookRoute;
      throw new ApiError(
        401,
        'unauthorized',
        isWebhook ? `Events are sent to this URL by POST. Any other method needs ${how}` : `Send ${how}`,
        { headers: { 'www-authenticate': 'Bearer' } },
      );
    }
    return { role: 'auditor', actor: { kind: 'admin', id: names.auditor }, agent: null };
  };

  /** Looks the token up by its digest, so timing does not reveal how much of a wrong token is right. */
  const byAgentToken = async (request: FastifyRequest): Promise<Pick<Caller, 'role' | 'actor' | 'agent'>> => {
    const given = request.headers['x-agent-token'];
    const agent =
      typeof given === 'string' && agentToken.test(given) ? await agentByTokenHash(hashOfToken(given)) : null;
    if (!agent)
      throw new ApiError(401, 'unauthorized', "Send the agent's token in the header X-Agent-Token.");
    return { role: 'agent', actor: { kind: 'agent', id: agent.id }, agent };
  };

  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.header('x-request-id', request.id);
    const route = request.routeOptions.url;
    if (route === undefined || !route.startsWith('/api/')) return;
    reply.header('cache-control', 'no-store');
    if (isPublicRoute(route)) return;
    const who = isAgentRoute(request) ? await byAgentToken(request) : byBearer(request);
    request.caller = {
      ...who,
      requestId: request.id,
      traceparent: traceparentOf(request) ?? sentBy(request),
      written: new Map(),
      leaseEndsAt: 0,
      asOf: null,
    };
    // The caller is known by now, so the log says whose change was rejected.
    if (who.role === 'auditor' && request.method !== 'GET' && request.method !== 'HEAD') {
      throw new ApiError(403, 'read_only', 'Auditors are read-only.');
    }
  };
};

const sentBy = ({ headers: { traceparent } }: FastifyRequest): string | null =>
  typeof traceparent === 'string' && wellFormedTrace.test(traceparent) ? traceparent : null;
