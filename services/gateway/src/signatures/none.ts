import type { Scheme } from './scheme.ts';

/** The sender signs nothing: whoever knows the URL may post. */
export const none: Scheme = {
  signatureHeaders: () => [],
  verify: null,
  deliveryName: () => null,
};
