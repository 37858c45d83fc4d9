import { aggregates } from '@mission-control/aggregates';
import { secretContexts } from '@mission-control/contracts';
import { activeOpenclawGateway } from '@mission-control/domain';
import type { GatewayLinkOptions, OpenclawGatewayCheck } from '@mission-control/openclaw';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { textOrNull } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';

class OpenclawGatewayCheckAnswer extends createZodDto(
  z.object({
    ok: z.boolean(),
    reachable: z.boolean().describe('An OpenClaw gateway answered at the URL.'),
    authenticated: z.boolean().describe('It accepted the token and granted the scopes that sending needs.'),
    protocol: z.int().nullable(),
    server_version: textOrNull,
    latency_ms: z.int().nullable(),
    problem: z.object({ code: z.string(), gateway_code: textOrNull }).nullable(),
  }),
) {}

/** Tries to connect to an OpenClaw gateway once. Never throws because of the OpenClaw gateway or the network. */
export abstract class OpenclawGatewayProbe {
  abstract check(
    target: Pick<GatewayLinkOptions, 'url' | 'token' | 'allowInsecureTls'>,
  ): Promise<OpenclawGatewayCheck>;
}

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id/check')
export class CheckOpenclawGateway {
  constructor(
    private readonly commands: Commands,
    private readonly probe: OpenclawGatewayProbe,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'CheckGateway_check',
    summary: 'Check that an OpenClaw gateway is reachable and accepts the token',
  })
  @ZodResponse({ status: 200, type: OpenclawGatewayCheckAnswer })
  async check(@OpenclawGatewayId() gatewayId: string): Promise<OpenclawGatewayCheckAnswer> {
    const gateway = activeOpenclawGateway(await this.commands.load(aggregates.openclawGateway, gatewayId));
    const token =
      gateway.token === null
        ? null
        : await this.commands.keyring.decrypt(secretContexts.openclawGateway(gatewayId), gateway.token);
    const found = await this.probe.check({
      url: gateway.url,
      token,
      allowInsecureTls: gateway.allowInsecureTls,
    });
    return {
      ok: found.reachable && found.authenticated,
      reachable: found.reachable,
      authenticated: found.authenticated,
      protocol: found.protocol,
      server_version: found.serverVersion,
      latency_ms: found.latencyMs,
      problem: found.problem && {
        code: found.problem.code,
        gateway_code: found.problem.kind === 'rejected' ? found.problem.gatewayCode : null,
      },
    };
  }
}
