import type { Logger } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/**
 * Logs one line per request: the route as declared and the ids in the path. The path and query as sent are never logged, because
 * a secret may have slipped into them.
 */
export const logRequest = (log: Logger, request: FastifyRequest, reply: FastifyReply): void => {
  // Probes ask all the time, and the service logs when an answer changes.
  const level =
    request.routeOptions.url !== undefined && probes.has(request.routeOptions.url) ? 'debug' : 'info';
  log[level](
    {
      ...idsIn(request.params),
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      request_id: request.id,
      ...(request.caller && { actor: `${request.caller.role}:${request.caller.actor.id}` }),
    },
    'request',
  );
};

const probes = new Set(['/healthz', '/readyz']);

const uuid = z.uuid().toLowerCase();

/** A path parameter that is not a UUID is arbitrary text from the caller, so it is not logged. */
export const idsIn = (params: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params ?? {}).flatMap(([name, value]) => {
      const id = uuid.safeParse(value);
      return id.success ? [[name, id.data]] : [];
    }),
  );
