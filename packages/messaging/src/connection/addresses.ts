/** Servers and credentials in the form that the NATS client expects. */
export interface Addresses {
  readonly servers: string[];
  readonly tls: boolean;
  readonly login: { user: string; pass: string } | { token: string } | Record<string, never>;
}

/**
 * Reads a comma-separated list of `nats://` or `tls://` URLs. The client ignores credentials in URLs, so they are extracted here;
 * the first URL with credentials provides them for all servers. A user without a password is a token.
 */
export const readAddresses = (natsUrls: string): Addresses => {
  const urls = natsUrls.split(',').map((url) => new URL(url.trim()));
  const named = urls.find((url) => url.username !== '');
  const [user, pass] = [named?.username ?? '', named?.password ?? ''].map(decodeURIComponent);
  return {
    servers: urls.map((url) => `${url.hostname}:${url.port || 4222}`),
    tls: urls.some((url) => url.protocol === 'tls:'),
    login: !user ? {} : pass ? { user, pass } : { token: user },
  };
};
