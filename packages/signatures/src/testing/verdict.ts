import type { IncomingHttpHeaders } from 'node:http';
import type { SignatureScheme } from '@mission-control/contracts';
import { defaultTimestampToleranceSeconds } from '@mission-control/contracts';
import type { Proof, SignatureVerdict } from '../scheme.ts';
import { schemes } from '../schemes/schemes.ts';

/** When the specs' requests are received: in milliseconds, and in whole seconds, since 1970. */
export const receivedAt = Date.UTC(2026, 10, 23, 12);
export const seconds = receivedAt / 1000;

export const proofOf = (scheme: SignatureScheme): Proof => {
  const { proof } = schemes[scheme];
  if (!proof) throw new Error(`${scheme} proves nothing`);
  return proof;
};

interface Given {
  readonly secret: string;
  readonly body: string | Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly signatureHeader?: string | null;
  readonly receivedAt?: number;
}

/** The scheme's verdict on the request, with the default tolerance. */
export const detailedVerdictOf = (scheme: SignatureScheme, given: Given): SignatureVerdict => {
  const proof = proofOf(scheme);
  return proof.verify(
    { body: Buffer.from(given.body), headers: given.headers, receivedAt: given.receivedAt ?? receivedAt },
    proof.keyOf(given.secret),
    { signatureHeader: given.signatureHeader ?? null, toleranceSeconds: defaultTimestampToleranceSeconds },
  );
};

/** The verdict as its sender is told. */
export const verdictOf = (scheme: SignatureScheme, given: Given) =>
  toldToSender(detailedVerdictOf(scheme, given));

export const toldToSender = (verdict: SignatureVerdict): 'valid' | 'missing' | 'invalid' => {
  if (verdict === 'valid') return verdict;
  return verdict === 'no_signature_header' ? 'missing' : 'invalid';
};
