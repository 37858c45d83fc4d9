import { findOpenclawGateway } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { OpenclawGatewayAnswer, openclawGatewayAnswerOf } from './openclaw-gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class GetOpenclawGateway {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'GetGateway_get', summary: 'Show one OpenClaw gateway' })
  @ZodResponse({ status: 200, type: OpenclawGatewayAnswer })
  async get(
    @CallerOf() caller: Caller,
    @OpenclawGatewayId() gatewayId: string,
    @Query() query: AsOfQuery,
  ): Promise<OpenclawGatewayAnswer> {
    if (query.as_of) {
      const point = await this.points.find(caller, query.as_of);
      return openclawGatewayAnswerOf(await this.past.gateway(gatewayId, point));
    }
    const gateway = await findOpenclawGateway(this.reads.db, gatewayId);
    if (!gateway) throw notFound('gateway');
    return openclawGatewayAnswerOf(gateway);
  }
}
