import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits after a prefix that lets scanners recognise a leaked token. Only the hash is stored. */
export const newAgentToken = (): { token: string; hash: string } => {
  const token = `mca_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOfToken(token) };
};

/** SHA-256, hex. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
