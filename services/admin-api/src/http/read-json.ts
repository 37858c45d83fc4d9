import { ApiError } from '@mission-control/runtime';
import type { FastifyInstance } from 'fastify';

/** Reads JSON bodies. An empty body counts as no body, because many clients send the content type with every request. */
export const readJson = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch (error) {
      done(
        new ApiError(400, 'unreadable_json', `The body is not JSON: ${(error as Error).message}.`),
        undefined,
      );
    }
  });
};
