import { findOpenclawGateway } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { notFound } from '../http/not-found.ts';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { OpenclawGatewayAnswer, openclawGatewayAnswerOf } from './openclaw-gateway-answer.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class GetOpenclawGateway {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ operationId: 'GetGateway_get', summary: 'Show one OpenClaw gateway' })
  @ZodResponse({ status: 200, type: OpenclawGatewayAnswer })
  async get(@OpenclawGatewayId() gatewayId: string): Promise<OpenclawGatewayAnswer> {
    const gateway = await findOpenclawGateway(this.reads.db, gatewayId);
    if (!gateway) throw notFound('gateway');
    return openclawGatewayAnswerOf(gateway);
  }
}
