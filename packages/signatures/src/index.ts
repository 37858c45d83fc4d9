export { parseDedupe } from './delivery-name/dedupe.ts';
export { deliveryNameOf } from './delivery-name/delivery-name-of.ts';
export type {
  NamedRequest,
  Proof,
  Scheme,
  SignatureFault,
  SignatureVerdict,
  SignedRequest,
  UnsignedDelivery,
  VerificationSettings,
} from './scheme.ts';
export { signatureFaults } from './scheme.ts';
export { schemes } from './schemes/schemes.ts';
export { InvalidSecret } from './secret.ts';
export { slackChallengeOf } from './slack-challenge.ts';
