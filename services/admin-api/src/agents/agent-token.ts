import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits behind a prefix by which scanners recognise a leaked one. Only the hash is kept. */
export const newAgentToken = (): { token: string; hash: string } => {
  const token = `mca_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashOfToken(token) };
};

/** SHA-256, hex. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');
