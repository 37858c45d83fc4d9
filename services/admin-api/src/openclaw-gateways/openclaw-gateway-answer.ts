import type { ActiveOpenclawGateway } from '@mission-control/domain';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import type { Times } from '../stores/commands.ts';

const gateway = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  has_token: z.boolean(),
  allow_insecure_tls: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export class OpenclawGatewayAnswer extends createZodDto(gateway) {}
export class OpenclawGatewayList extends createZodDto(listOf(gateway)) {}

export const openclawGatewayAnswerOf = (
  gateway: ActiveOpenclawGateway,
  times: Times,
): OpenclawGatewayAnswer => ({
  id: gateway.gatewayId,
  name: gateway.name,
  url: gateway.url,
  has_token: gateway.token !== null,
  allow_insecure_tls: gateway.allowInsecureTls,
  ...times,
});
