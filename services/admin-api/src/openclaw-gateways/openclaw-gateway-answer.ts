import type { ActiveOpenclawGateway } from '@mission-control/domain';
import { type OpenclawGatewayWithWaiting, pairingCommand } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';
import type { Times } from '../stores/commands.ts';

const gateway = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  has_token: z.boolean(),
  allow_insecure_tls: z.boolean(),
  tls_fingerprint: textOrNull,
  delivery: z.object({
    state: z
      .enum(['unknown', 'available', 'away', 'rejected'])
      .describe(
        'Whether messages can be sent; away: it cannot be reached, so they wait; rejected: somebody has to change something; unknown: ' +
          'nothing was sent yet.',
      ),
    since: z.iso.datetime().nullable(),
    code: textOrNull.describe('Why not.'),
    detail: textOrNull.describe("The OpenClaw gateway's own sentence about it, with escapes."),
    pairing_request_id: textOrNull,
    pairing_command: textOrNull.describe('What its operator has to run on its host.'),
    waiting: z
      .int()
      .nullable()
      .describe('Deliveries of its boards that are not told, failed or parked; null: too many to count.'),
    oldest_waiting_at: z.iso.datetime().nullable(),
  }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export class OpenclawGatewayAnswer extends createZodDto(gateway) {}
export class OpenclawGatewayList extends createZodDto(listOf(gateway)) {}

/** The answer for an OpenClaw gateway that a query found. */
export const openclawGatewayAnswerOf = (row: OpenclawGatewayWithWaiting): OpenclawGatewayAnswer => ({
  id: row.id,
  name: row.name,
  url: row.url,
  has_token: row.has_token,
  allow_insecure_tls: row.allow_insecure_tls,
  tls_fingerprint: row.tls_fingerprint,
  delivery: deliveryOf(row),
  created_at: row.created_at,
  updated_at: row.updated_at,
});

/** The answer after a command. @param row undefined: queries do not find it yet */
export const decidedOpenclawGatewayAnswer = (
  gateway: ActiveOpenclawGateway,
  times: Times,
  row?: OpenclawGatewayWithWaiting,
): OpenclawGatewayAnswer => ({
  id: gateway.gatewayId,
  name: gateway.name,
  url: gateway.url,
  has_token: gateway.token !== null,
  allow_insecure_tls: gateway.allowInsecureTls,
  tls_fingerprint: gateway.tlsFingerprint,
  delivery: row ? deliveryOf(row) : nothingKnown,
  ...times,
});

type Delivery = OpenclawGatewayAnswer['delivery'];

const deliveryOf = (row: OpenclawGatewayWithWaiting): Delivery => ({
  state: row.delivery_state,
  since: row.delivery_since,
  code: row.delivery_code,
  detail: row.delivery_detail,
  pairing_request_id: row.pairing_request_id,
  pairing_command: row.pairing_request_id === null ? null : pairingCommand(row.pairing_request_id),
  waiting: row.waiting,
  oldest_waiting_at: row.oldest_waiting_at,
});

const nothingKnown: Delivery = {
  ...{ state: 'unknown', since: null, code: null, detail: null },
  ...{ pairing_request_id: null, pairing_command: null, waiting: 0, oldest_waiting_at: null },
};
