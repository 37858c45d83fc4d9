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
};
