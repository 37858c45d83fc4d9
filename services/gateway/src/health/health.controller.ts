import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Whether the service can do its work. */
export type IsReady = () => Promise<boolean>;
export const isReadyToken = Symbol('IsReady');

/** Health on the public port. It states no reasons: those are on the management port. */
@Controller()
export class HealthController {
  readonly #isReady: IsReady;

  constructor(@Inject(isReadyToken) isReady: IsReady) {
    this.#isReady = isReady;
  }

  @Get('healthz')
  health() {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readiness(@Res({ passthrough: true }) reply: FastifyReply) {
    const ready = await this.#isReady();
    void reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status: ready ? 'ok' : 'unavailable' };
  }
}
