import { checkReadiness, type ReadinessCheck } from '@mission-control/runtime';
import { Controller, Get, HttpCode, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

/** What this service needs to do its work. */
export class Needs {
  constructor(readonly checks: readonly ReadinessCheck[]) {}
}

/** For load balancers: says whether the service is ready, not why. The reasons are on the management port. */
@ApiTags('Health')
@Controller()
export class Health {
  constructor(private readonly needs: Needs) {}

  @Get('healthz')
  @HttpCode(200)
  @ApiOperation({ summary: 'Check that the process responds' })
  healthz(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({
    summary: 'Check whether everything that the service needs is available (200) or not (503)',
  })
  async readyz(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string }> {
    const { ready } = await checkReadiness(this.needs.checks);
    void reply.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready' };
  }

  @Get()
  @ApiOperation({ summary: 'Show where the documentation is' })
  home(): { name: string; docs: string; openapi: string } {
    return { name: 'Mission Control Webhooks', docs: '/docs', openapi: '/openapi.json' };
  }
}
