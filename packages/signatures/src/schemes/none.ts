import { genericSample } from '../sample.ts';
import type { Scheme } from '../scheme.ts';

/** The sender proves nothing: anyone who knows the URL may post. */
export const none: Scheme = {
  preset: false,
  secretHeaders: () => [],
  proof: null,
  acceptsSignatureHeader: false,
  timestamped: false,
  covers: { body: false, headers: [] },
  deliveryName: () => null,
  sample: genericSample,
};
