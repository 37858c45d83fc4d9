import { listOpenclawGateways } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageQuery } from '../http/pages.ts';
import { Reads } from '../stores/reads.ts';
import { OpenclawGatewayList, openclawGatewayAnswerOf } from './openclaw-gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways')
export class ListOpenclawGateways {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ operationId: 'ListGateways_list', summary: 'List OpenClaw gateways, newest first' })
  @ZodResponse({ status: 200, type: OpenclawGatewayList })
  async list(@Query() page: PageQuery): Promise<OpenclawGatewayList> {
    const listed = await listOpenclawGateways(this.reads.db, page);
    return { ...listed, items: listed.items.map(openclawGatewayAnswerOf) };
  }
}
