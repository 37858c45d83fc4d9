import { z } from 'zod';
import { flag, id, secretText, someText } from '../http/texts.ts';

/** The schemes that the gateway can verify, and `none`. */
const schemes = ['hmac', 'github', 'stripe', 'none'] as const;

/** RFC 9110: a field name is a token. */
const headerName = z
  .string()
  .trim()
  .toLowerCase()
  .max(100, { error: 'must have 100 characters at most' })
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/, { error: 'must be the name of a header' });

/** What may be said about a webhook. */
export const webhookInput = {
  description: someText(10_000).describe('What the agent is to do with what arrives.'),
  enabled: flag,
  agent_id: z.union([id, z.null()], { error: 'must be a UUID or null' }),
  secret: z
    .union([secretText(1000), z.null()])
    .describe('Never shown again; has_secret says that there is one.'),
  signature_scheme: z.enum(schemes),
  signature_header: z
    .union([headerName, z.null()])
    .describe('With hmac: the header that carries the signature.'),
};
