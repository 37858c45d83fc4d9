import { setTimeout as delay } from 'node:timers/promises';
import type { ProjectionName } from '@mission-control/read-models';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';

/** Resolves to false when the projection has not reached the position within the time limit. Never throws. */
export type WaitUntilReadable = (projection: ProjectionName, position: bigint) => Promise<boolean>;

/**
 * After a command, delays the response until the next query finds what was written and every gateway uses the new configuration.
 * The header `X-Read-Model` says whether the read models caught up (`current`) or the wait timed out (`behind`).
 */
@Injectable()
export class ReadYourWrites implements NestInterceptor {
  constructor(private readonly waitUntilReadable: WaitUntilReadable) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        const { caller } = http.getRequest<FastifyRequest>();
        if (!caller || caller.written.size === 0) return answer;
        const leaseEndsIn = caller.leaseEndsAt - performance.now();
        const leaseEnd = leaseEndsIn > 0 ? delay(leaseEndsIn) : undefined;
        const reached = await Promise.all(
          [...caller.written].map(([projection, position]) => this.waitUntilReadable(projection, position)),
        );
        await leaseEnd;
        void http
          .getResponse<FastifyReply>()
          .header('x-read-model', reached.every(Boolean) ? 'current' : 'behind');
        return answer;
      }),
    );
  }
}
