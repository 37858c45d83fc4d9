export { type Dedupe, parseDedupe } from './delivery-name/dedupe.ts';
export { deliveryNameOf } from './delivery-name/delivery-name-of.ts';
export {
  defaultToleranceSeconds,
  type NamedRequest,
  type Proof,
  type Scheme,
  type SignatureVerdict,
  type SignedRequest,
  type UnsignedDelivery,
  type VerificationSettings,
} from './scheme.ts';
export { schemes } from './schemes/schemes.ts';
export { InvalidSecret } from './secret.ts';
export { slackChallengeOf } from './slack-challenge.ts';
