import { aggregates } from '@mission-control/aggregates';
import { secretContexts } from '@mission-control/contracts';
import { activeOpenclawGateway } from '@mission-control/domain';
import {
  deviceIdentityOf,
  type GatewayLinkOptions,
  type OpenclawGatewayCheck,
} from '@mission-control/openclaw';
import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
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
    problem: z
      .object({
        code: z.string(),
        gateway_code: textOrNull,
        detail: textOrNull.describe('What the OpenClaw gateway said, escaped, in 200 characters at most.'),
        pairing_request_id: textOrNull,
        pairing_command: textOrNull.describe(
          'What an operator runs where the OpenClaw gateway runs, so that it accepts this installation.',
        ),
      })
      .nullable(),
  }),
) {}

/** Tries to connect to an OpenClaw gateway once. Never throws because of the OpenClaw gateway or the network. */
export abstract class OpenclawGatewayProbe {
  abstract check(
    target: Pick<GatewayLinkOptions, 'url' | 'token' | 'allowInsecureTls' | 'tlsFingerprint' | 'identity'>,
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
    description: 'If so, deliveries that were parked because of the OpenClaw gateway resume.',
  })
  @ZodResponse({ status: 200, type: OpenclawGatewayCheckAnswer })
  async check(
    @CallerOf() caller: Caller,
    @OpenclawGatewayId() gatewayId: string,
  ): Promise<OpenclawGatewayCheckAnswer> {
    const gateway = activeOpenclawGateway(await this.commands.load(aggregates.openclawGateway, gatewayId));
    const token =
      gateway.token === null
        ? null
        : await this.commands.keyring.decrypt(secretContexts.openclawGateway(gatewayId), gateway.token);
    const found = await this.probe.check({
      url: gateway.url,
      token,
      allowInsecureTls: gateway.allowInsecureTls,
      tlsFingerprint: gateway.tlsFingerprint,
      identity: deviceIdentityOf(await this.commands.keyring.deviceKey()),
    });
    const ok = found.reachable && found.authenticated;
    if (ok) await this.commands.openclawGatewayAvailable(caller, gatewayId, found.serverVersion);
    return {
      ok,
      reachable: found.reachable,
      authenticated: found.authenticated,
      protocol: found.protocol,
      server_version: found.serverVersion,
      latency_ms: found.latencyMs,
      problem: found.problem && problemAnswerOf(found.problem),
    };
  }
}

const problemAnswerOf = (problem: NonNullable<OpenclawGatewayCheck['problem']>) => {
  const rejected = problem.kind === 'rejected' ? problem : null;
  const pairingRequestId = rejected?.pairingRequestId ?? null;
  return {
    code: problem.code,
    gateway_code: rejected?.gatewayCode ?? null,
    detail: problem.detail,
    pairing_request_id: pairingRequestId,
    pairing_command: pairingRequestId === null ? null : `openclaw devices approve ${pairingRequestId}`,
  };
};
