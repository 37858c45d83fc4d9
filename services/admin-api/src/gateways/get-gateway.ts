import { findOpenclawGateway } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { notFound } from '../http/not-found.ts';
import { GatewayId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { GatewayAnswer } from './gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class GetGateway {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'Show one OpenClaw gateway' })
  @ZodResponse({ status: 200, type: GatewayAnswer })
  async get(@GatewayId() gatewayId: string): Promise<GatewayAnswer> {
    const gateway = await findOpenclawGateway(this.reads.db, gatewayId);
    if (!gateway) throw notFound('gateway');
    return gateway;
  }
}
