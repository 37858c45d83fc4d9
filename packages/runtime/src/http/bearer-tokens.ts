import { createHash, timingSafeEqual } from 'node:crypto';
import type { NamedToken } from '../config/variables.ts';

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Looks up the token in an `Authorization: Bearer …` header, in time that does not reveal how much of it matched. Returns the
 * name of the token, or null.
 */
export const bearerTokens = (tokens: readonly NamedToken[]) => {
  const known = tokens.map(({ name, token }) => ({ name, digest: digest(token) }));
  return (authorization: string | undefined): string | null => {
    const given = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (!given) return null;
    const givenDigest = digest(given);
    return known.reduce<string | null>(
      (found, one) => (timingSafeEqual(one.digest, givenDigest) ? one.name : found),
      null,
    );
  };
};
