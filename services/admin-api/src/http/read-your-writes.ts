import { setTimeout as delay } from 'node:timers/promises';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergeMap, type Observable } from 'rxjs';
import type { WrittenKind } from './caller.ts';

/** Resolves to false when the reader is still behind the position at the end of its patience. Never throws. */
export type WaitUntilReadable = (projection: WrittenKind, position: bigint) => Promise<boolean>;

/**
 * After a command: holds the answer until whoever reads next will find what was written, and gateways go by it. The header `X-Read-Model` says
 * whether that was reached (`current`) or cut short (`behind`).
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
        const inForceIn = caller.inForceAt - performance.now();
        const inForce = inForceIn > 0 ? delay(inForceIn) : undefined;
        const reached = await Promise.all(
          [...caller.written].map(([kind, position]) => this.waitUntilReadable(kind, position)),
        );
        await inForce;
        void http
          .getResponse<FastifyReply>()
          .header('x-read-model', reached.every(Boolean) ? 'current' : 'behind');
        return answer;
      }),
    );
  }
}
