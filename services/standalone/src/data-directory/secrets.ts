import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../start-error.ts';
import { writeWhole } from './write-whole.ts';

/** Generated secrets by file name. 32 bytes each: 64 hexadecimal digits, or base64 as ENCRYPTION_KEY requires. */
const encodings = {
  'admin-token': 'hex',
  'encryption-key': 'base64',
  'database-password': 'hex',
  'nats-password': 'hex',
} as const;

export type SecretName = keyof typeof encodings;

/** The secret in that file. It is generated at the first call. */
export const generatedSecret = (directory: string, name: SecretName): string => {
  const path = join(directory, name);
  if (!existsSync(path)) writeWhole(path, `${randomBytes(32).toString(encodings[name])}\n`);
  const secret = readFileSync(path, 'utf8').trim();
  if (!secret) throw new StartError(`${path} is empty. Restore it from a backup.`);
  return secret;
};
