import { z } from 'zod';
import { flag, secretText, singleLine } from '../http/texts.ts';

const isAddress = (value: string): boolean => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return ['ws:', 'wss:'].includes(url.protocol) && url.hostname !== '';
};

const hasNoCredentials = (value: string): boolean => {
  if (!URL.canParse(value)) return true;
  const { username, password } = new URL(value);
  return username === '' && password === '';
};

/** In the notation of OpenSSL, browsers or OpenClaw. */
const fingerprint = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : 'must be a text') })
  .trim()
  .transform((value) =>
    value
      .toLowerCase()
      .replace(/^sha-?256:/, '')
      .replaceAll(':', ''),
  )
  .pipe(z.string().regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 of 64 hex digits' }));

/** The settings of an OpenClaw gateway. */
export const openclawGatewayInput = {
  name: singleLine(200),
  url: singleLine(2000)
    .refine(isAddress, { error: 'must be a URL that begins with ws:// or wss://' })
    .refine(hasNoCredentials, {
      error: 'must not contain a user name or password: send the token in the field token',
    }),
  token: z
    .union([secretText(4096), z.null()])
    .describe('Never shown again; has_token says whether it is set.'),
  allow_insecure_tls: flag,
  tls_fingerprint: z
    .union([fingerprint, z.null()])
    .describe(
      'SHA-256 of the only accepted certificate, regardless of its issuer: 64 hex digits, as `openssl x509 -fingerprint -sha256` prints them. Null: any valid certificate is accepted.',
    ),
};
