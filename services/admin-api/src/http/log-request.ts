import type { Logger } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

/**
 * One line a request: the route as it is declared and the ids that the path names. Path and query as they were sent stand in no
 * line, since a secret may have slipped into them.
 */
export const logRequest = (log: Logger, request: FastifyRequest, reply: FastifyReply): void => {
  log.info(
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

const uuid = z.uuid().toLowerCase();

/** What stands in an id's place but is none is a sent text like any other. */
const idsIn = (params: unknown): object =>
  Object.fromEntries(
    Object.entries(params ?? {}).flatMap(([name, value]) => {
      const id = uuid.safeParse(value);
      return id.success ? [[name, id.data]] : [];
    }),
  );
