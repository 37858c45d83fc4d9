import { aggregates } from '@mission-control/aggregates';
import { secretContexts, streams } from '@mission-control/contracts';
import { activeOpenclawGateway, decideOpenclawGateway } from '@mission-control/domain';
import { findOpenclawGateway } from '@mission-control/read-models';
import { Body, Controller, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { somethingToChange } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { decidedOpenclawGatewayAnswer, OpenclawGatewayAnswer } from './openclaw-gateway-answer.ts';
import { openclawGatewayInput } from './openclaw-gateway-input.ts';

class UpdateOpenclawGatewayBody extends createZodDto(
  z
    .strictObject(openclawGatewayInput)
    .partial()
    .refine(...somethingToChange),
) {}

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class UpdateOpenclawGateway {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  @Patch()
  @ApiOperation({
    operationId: 'UpdateGateway_update',
    summary: 'Change an OpenClaw gateway',
    description:
      'A new host, port or scheme, another pinned certificate, or weaker TLS requires the token in the same request.',
  })
  @ZodResponse({ status: 200, type: OpenclawGatewayAnswer })
  async update(
    @CallerOf() caller: Caller,
    @OpenclawGatewayId() gatewayId: string,
    @Body() body: UpdateOpenclawGatewayBody,
  ): Promise<OpenclawGatewayAnswer> {
    const token =
      typeof body.token === 'string'
        ? await this.commands.keyring.encrypt(secretContexts.openclawGateway(gatewayId), body.token)
        : body.token;
    const decided = await this.commands.decide(caller, aggregates.openclawGateway, gatewayId, (state) =>
      decideOpenclawGateway(
        {
          type: 'UpdateOpenclawGateway',
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
    const row = await findOpenclawGateway(this.reads.db, gatewayId);
    return decidedOpenclawGatewayAnswer(activeOpenclawGateway(decided.state), times, row);
  }
}
