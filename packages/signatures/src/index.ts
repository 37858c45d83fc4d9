export { parseDedupe } from './delivery-name/dedupe.ts';
export { deliveryNameOf } from './delivery-name/delivery-name-of.ts';
export type {
  Scheme,
  SignatureFault,
  SignedRequest,
} from './scheme.ts';
export { signatureFaults } from './scheme.ts';
export { schemes, schemesWith } from './schemes/schemes.ts';
export { InvalidSecret } from './secret.ts';
