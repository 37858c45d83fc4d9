import type { Dedupe, DeliveryName, SignatureScheme } from '@mission-control/contracts';
import type { NamedRequest } from '../scheme.ts';
import { schemes } from '../schemes/schemes.ts';
import { nameInBody, nameInHeader } from './name-in.ts';

/**
 * How the sender names the delivery. Where that is read, the webhook's configuration says, never what a request offers. `signed` only
 * where the scheme's signature covers the place. null: not named, so each arrival is a delivery of its own.
 */
export const deliveryNameOf = (
  scheme: SignatureScheme,
  request: NamedRequest,
  verdict: 'verified' | 'unverified',
  dedupe: Dedupe,
): DeliveryName | null => {
  const { covers, deliveryName } = schemes[scheme];
  if (dedupe === 'off') return null;
  if (dedupe === 'scheme') return deliveryName(request, verdict);
  if (dedupe.startsWith('header:')) {
    const name = dedupe.slice('header:'.length);
    return nameInHeader(request.headers, name, covers.headers.includes(name));
  }
  return nameInBody(request.content, dedupe.slice('body:'.length), covers.body);
};
