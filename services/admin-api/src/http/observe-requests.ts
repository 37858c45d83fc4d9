import type { ObservedRequest, ObserveRequest } from '@mission-control/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { idsIn } from './log-request.ts';

const inProgress = new WeakMap<FastifyRequest, ObservedRequest>();

/** Measures every request, and runs it as part of the trace of the gateway's request. */
export const observeRequests = (server: FastifyInstance, observe: ObserveRequest): void => {
  server.addHook('onRequest', (request, reply, done) => {
    const observed = observe({
      method: request.method,
      route: request.routeOptions.url?.replaceAll(/:(\w+)/g, '{$1}'),
      response: reply.raw,
      traceparent: request.headers.traceparent,
      origin: 'own',
      attributes: { request_id: request.id, ...idsIn(request.params) },
    });
    inProgress.set(request, observed);
    observed.run(done);
  });
  // The body is read by events of the connection, which are part of no request.
  server.addHook('preValidation', (request, _reply, done) => {
    const observed = inProgress.get(request);
    if (observed) observed.run(done);
    else done();
  });
};

/** The traceparent for events that follow from the request; undefined: no traces are exported. */
export const traceparentOf = (request: FastifyRequest): string | undefined =>
  inProgress.get(request)?.traceparent;
