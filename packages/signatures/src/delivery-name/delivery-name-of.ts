import type { Dedupe, DeliveryName, SignatureScheme } from '@mission-control/contracts';
import type { NamedRequest } from '../scheme.ts';
import { schemes } from '../schemes/schemes.ts';
import { nameInBody, nameInHeader } from './name-in.ts';

/**
 * The sender's name of the delivery. The webhook's configuration decides where it is read, never the request. `signed` only if the
 * scheme's signature covers that header or field. null: not named, so each arrival is a separate delivery.
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
