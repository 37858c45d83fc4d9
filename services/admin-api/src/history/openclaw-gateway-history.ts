import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { ChangeList, HistoryQuery } from './change-entry.ts';
import { Histories } from './histories.ts';

@ApiTags('Audit')
@Controller('api/v1/gateways/:gateway_id/history')
export class OpenclawGatewayHistory {
  constructor(private readonly histories: Histories) {}

  @Get()
  @ApiOperation({
    operationId: 'GatewayHistory_list',
    summary: 'List every change of an OpenClaw gateway, newest first',
    description:
      'Also after it was deleted. Whether messages could be sent to it is not configuration; `as_of` shows it.',
  })
  @ZodResponse({ status: 200, type: ChangeList })
  list(@OpenclawGatewayId() gatewayId: string, @Query() query: HistoryQuery): Promise<ChangeList> {
    return this.histories.ofResource(
      'gateway',
      gatewayId,
      query,
      ({ name, url, allow_insecure_tls, tls_fingerprint }) => ({
        ...{ name, url, allow_insecure_tls, tls_fingerprint },
      }),
    );
  }
}
