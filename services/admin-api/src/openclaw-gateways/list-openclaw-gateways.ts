import { listOpenclawGateways } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageAsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Reads } from '../stores/reads.ts';
import { OpenclawGatewayList, openclawGatewayAnswerOf } from './openclaw-gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways')
export class ListOpenclawGateways {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'ListGateways_list', summary: 'List OpenClaw gateways, newest first' })
  @ZodResponse({ status: 200, type: OpenclawGatewayList })
  async list(
    @CallerOf() caller: Caller,
    @Query() { as_of, ...page }: PageAsOfQuery,
  ): Promise<OpenclawGatewayList> {
    if (as_of) {
      const point = await this.points.find(caller, as_of);
      return this.past.list('gateway', point, page, async (id) =>
        openclawGatewayAnswerOf(await this.past.gateway(id, point)),
      );
    }
    const listed = await listOpenclawGateways(this.reads.db, page);
    return { ...listed, items: listed.items.map(openclawGatewayAnswerOf) };
  }
}
