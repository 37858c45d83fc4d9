import { listOpenclawGateways } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageQuery } from '../http/pages.ts';
import { Reads } from '../stores/reads.ts';
import { GatewayList } from './gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways')
export class ListGateways {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'List OpenClaw gateways, newest first' })
  @ZodResponse({ status: 200, type: GatewayList })
  list(@Query() page: PageQuery): Promise<GatewayList> {
    return listOpenclawGateways(this.reads.db, page);
  }
}
