import { z } from 'zod';

/** A place in the log. */
const place = z.object({
  incarnation: z.string(),
  /** Decimal digits of a log position. */
  position: z.string().regex(/^\d+$/),
  eventId: z.string(),
});

export const relayEvents = {
  /** Every payload that arrived up to here has a final outcome. */
  RelayLowWaterMarkMoved: place,
};

export const stewardEvents = {
  /** Whatever the facts up to here demand has been carried out. */
  StewardPlaceMoved: place,
};

export const keyringEvents = {
  DataKeyCreated: z.object({
    keyId: z.string(),
    /** The data key, encrypted under the operator's key: JWE compact serialization (RFC 7516). */
    wrappedKey: z.string(),
    /** Check value of the operator's key that wraps it, hex: tells a wrong key without giving it away. */
    wrappedBy: z.string().regex(/^[0-9a-f]{16}$/),
  }),
};
