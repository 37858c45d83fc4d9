import {
  type GatewayProtocolCloseContext,
  GatewayProtocolRequestError,
} from '@openclaw/gateway-client/browser';
import { outcomeOfDialError } from '../dial/dial-failure.ts';
import { outcomeOfError } from '../gateway-error.ts';
import { type Rejected, type Unavailable, unavailable } from '../outcome.ts';
import { sentenceOf } from '../sentence.ts';

/** Why a connection ended or was never established. */
export const problemOf = (
  context: GatewayProtocolCloseContext,
  secrets: readonly string[],
): Unavailable | Rejected => {
  const detail = sentenceOf(context.reason, secrets);
  if (context.helloReceived) return unavailable('connection_lost', { detail });
  const error = context.connectFailure?.error;
  if (error instanceof GatewayProtocolRequestError) {
    const outcome = outcomeOfError(error, secrets);
    return outcome.kind === 'doubt'
      ? unavailable('gateway_unavailable', { detail: outcome.detail })
      : outcome;
  }
  if (error) return outcomeOfDialError(error);
  // Our side closes the socket with these if the handshake takes too long.
  const timedOut = context.code === 4000 || /timeout/.test(context.reason);
  return timedOut ? unavailable('connect_timeout') : unavailable('gateway_unreachable', { detail });
};
