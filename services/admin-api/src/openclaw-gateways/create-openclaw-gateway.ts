import { aggregates } from '@mission-control/aggregates';
import { newRandomId, secretContexts, streams } from '@mission-control/contracts';
import { activeOpenclawGateway, decideOpenclawGateway } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';
import { decidedOpenclawGatewayAnswer, OpenclawGatewayAnswer } from './openclaw-gateway-answer.ts';
import { openclawGatewayInput } from './openclaw-gateway-input.ts';

class CreateOpenclawGatewayBody extends createZodDto(
  z.strictObject({
    name: openclawGatewayInput.name,
    url: openclawGatewayInput.url,
    token: openclawGatewayInput.token.default(null),
    allow_insecure_tls: openclawGatewayInput.allow_insecure_tls.default(false),
    tls_fingerprint: openclawGatewayInput.tls_fingerprint.default(null),
  }),
) {}

@ApiTags('Gateways')
@Controller('api/v1/gateways')
export class CreateOpenclawGateway {
  constructor(private readonly commands: Commands) {}

  @Post()
  @ApiOperation({ operationId: 'CreateGateway_create', summary: 'Add an OpenClaw gateway' })
  @ZodResponse({ status: 201, type: OpenclawGatewayAnswer })
  async create(
    @CallerOf() caller: Caller,
    @Body() body: CreateOpenclawGatewayBody,
  ): Promise<OpenclawGatewayAnswer> {
    const gatewayId = newRandomId();
    const token =
      body.token === null
        ? null
        : await this.commands.keyring.encrypt(secretContexts.openclawGateway(gatewayId), body.token);
    const decided = await this.commands.decide(caller, aggregates.openclawGateway, gatewayId, (state) =>
      decideOpenclawGateway(
        {
          type: 'CreateOpenclawGateway',
          gatewayId,
          name: body.name,
          url: body.url,
          token,
          allowInsecureTls: body.allow_insecure_tls,
          tlsFingerprint: body.tls_fingerprint,
        },
        state,
      ),
    );
    const times = await this.commands.timesOf(streams.openclawGateway(gatewayId), decided.revision);
    return decidedOpenclawGatewayAnswer(activeOpenclawGateway(decided.state), times);
  }
}
