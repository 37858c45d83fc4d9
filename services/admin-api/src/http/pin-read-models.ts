import type { Pin } from '@mission-control/read-models';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const pins = new WeakMap<FastifyRequest, Pin>();

/**
 * Runs every request so that all its queries read the same builds of the read models, whatever is switched meanwhile. Once the response is
 * being sent, nothing of it is left to read, except by responses that go on: these read whatever is live then.
 */
export const pinReadModels = (server: FastifyInstance, pin: () => Pin): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const pinned = pin();
    pins.set(request, pinned);
    reply.raw.once('close', () => pinned.release());
    pinned.run(done);
  });
  // The body is read by events of the connection, which are part of no request.
  server.addHook('preValidation', (request, _reply, done) => {
    const pinned = pins.get(request);
    if (pinned) pinned.run(done);
    else done();
  });
  server.addHook('onSend', (request, _reply, payload, done) => {
    pins.get(request)?.release();
    done(null, payload);
  });
};
