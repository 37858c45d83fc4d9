import type { EventData } from '@mission-control/contracts';
import type { Duty, Occasion } from '../duty.ts';
import { resumeParked } from './resume-parked.ts';

/**
 * The reasons that an OpenClaw gateway, its address or its token gave for parking. `gateway_unavailable` is from older releases, which
 * parked what they could not deliver for too long.
 */
const reasons: ReadonlySet<string> = new Set([
  'token_refused',
  'scope_missing',
  'not_paired',
  'protocol_mismatch',
  'forbidden',
  'address_denied',
  'plaintext_denied',
  'tls_untrusted',
  'tls_fingerprint_mismatch',
  'tls_required',
  'tls_not_spoken',
  'gateway_token_unreadable',
  'gateway_url_invalid',
  'gateway_unavailable',
  'no_answer',
]);

/** After an OpenClaw gateway accepted a connection: requests redelivery of what was parked because of it. */
export const afterOpenclawGatewayAvailable = (
  occasion: Occasion,
  { gatewayId }: EventData<'OpenclawGatewayAvailable'>,
  maxAgeSeconds: number,
): Duty => ({
  delayMs: 0,
  run: (context) =>
    resumeParked(
      context,
      occasion,
      { scope: { gatewayId }, maxAgeSeconds, isResumed: ({ reason }) => reasons.has(reason) },
      'gateway_available',
    ),
});
