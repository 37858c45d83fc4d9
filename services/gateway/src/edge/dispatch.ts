import { ApiError } from '@mission-control/runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../server/answer.ts';
import { faultOf } from '../server/readable-request.ts';
import { answerCors } from './cors.ts';
import { routeOf } from './route.ts';

export type AnswerIngest = (
  request: FastifyRequest,
  reply: FastifyReply,
  target: { boardId: string; webhookId: string },
) => Promise<void>;

/**
 * Decides where each request goes, before anything else looks at it. Registered first: ingest is answered here, and no later hook,
 * parser or route takes part in it.
 */
export const registerDispatch = (
  server: FastifyInstance,
  options: { answerIngest: AnswerIngest; corsOrigins: readonly string[] },
): void => {
  server.addHook('onRequest', (request, reply, next) => {
    const fault = faultOf(request.raw);
    if (fault) return sendError(reply, fault);
    // Node's parser stops at such a request and loses what came with it: nothing may be sent after it.
    if (request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    const route = routeOf(request.method, request.raw.url ?? '');
    switch (route.kind) {
      case 'ingest':
        void options.answerIngest(request, reply, route);
        return;
      case 'bad_path':
        return sendError(reply, new ApiError(400, 'bad_path', 'The path cannot be read in one way only.'));
      case 'not_found':
        return sendError(reply, new ApiError(404, 'not_found', 'There is nothing here.'));
      case 'elsewhere':
        if (!answerCors(options.corsOrigins, request, reply)) next();
        return;
    }
  });
};
