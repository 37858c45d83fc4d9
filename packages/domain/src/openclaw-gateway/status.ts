import type { OpenclawGatewayStatusFact } from '@mission-control/contracts';

/**
 * The facts to append when messages can be sent to an OpenClaw gateway, or no longer: none if nothing changed that somebody would act on.
 *
 * @param last the newest fact about it; null: none
 */
export const decideOpenclawGatewayStatus = (
  found: OpenclawGatewayStatusFact,
  last: OpenclawGatewayStatusFact | null,
): OpenclawGatewayStatusFact[] => (last !== null && isSame(found, last) ? [] : [found]);

const isSame = (one: OpenclawGatewayStatusFact, other: OpenclawGatewayStatusFact): boolean => {
  if (one.type === 'OpenclawGatewayAvailable' || other.type === 'OpenclawGatewayAvailable')
    return one.type === other.type;
  return (
    one.data.state === other.data.state &&
    one.data.code === other.data.code &&
    one.data.pairingRequestId === other.data.pairingRequestId
  );
};
