import {
  createRequestObserver,
  type Metrics,
  type ObservedRequest,
  type ObserveRequest,
} from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUuid } from '../uuid.ts';
import type { Route } from './route.ts';

const ingestRoute = '/api/v1/boards/{board_id}/webhooks/{webhook_id}';

/** The requests in progress, so that each part of the gateway can take part in their traces. */
export class ObservedRequests {
  readonly #observe: ObserveRequest;
  readonly #inProgress = new WeakMap<FastifyRequest, ObservedRequest>();

  constructor(meter: Metrics['meter']) {
    this.#observe = createRequestObserver(meter);
  }

  /** Call this first. Every request starts its own trace. */
  begin(request: FastifyRequest, reply: FastifyReply, route: Route): ObservedRequest {
    const observed = this.#observe({
      method: request.method,
      route: route.kind === 'ingest' ? ingestRoute : declaredRoute(request),
      response: reply.raw,
      traceparent: request.headers.traceparent,
      origin: 'foreign',
      attributes: {
        request_id: request.id,
        ...(route.kind === 'ingest' && { board_id: idIn(route.boardId), webhook_id: idIn(route.webhookId) }),
      },
    });
    this.#inProgress.set(request, observed);
    return observed;
  }

  /** The gateway's own span of the request, for the admin API. undefined: there is no trace, and the sender's traceparent passes. */
  traceparentOf(request: FastifyRequest): string | undefined {
    return this.#inProgress.get(request)?.traceparent;
  }
}

/** undefined for requests that are forwarded: only the admin API knows their routes. */
const declaredRoute = ({ routeOptions: { url } }: FastifyRequest): string | undefined =>
  url === '*' ? undefined : url;

const idIn = (segment: string): string => (isUuid(segment) ? segment.toLowerCase() : 'invalid');
