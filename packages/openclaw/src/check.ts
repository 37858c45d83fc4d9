import { type LinkOptions, openLink } from './connect.ts';
import { requiredScopes } from './link/handshake.ts';
import { type Refused, refused, type Unavailable } from './outcome.ts';

export interface GatewayCheck {
  /** A gateway answered at the address. */
  readonly reachable: boolean;
  /** It took the token and granted what sending needs. */
  readonly authenticated: boolean;
  /** The protocol's version, null before the gateway says. */
  readonly protocol: number | null;
  readonly serverVersion: string | null;
  /** Milliseconds from dialling to the gateway's hello, null without one. */
  readonly latencyMs: number | null;
  readonly problem: Unavailable | Refused | null;
}

/** Codes that no gateway has spoken to us under. */
const unreached: ReadonlySet<string> = new Set([
  'gateway_unreachable',
  'upgrade_rejected',
  'connect_timeout',
  'address_denied',
  'plaintext_denied',
  'tls_untrusted',
]);

/** Tries a gateway once, on a connection of its own, and hangs up. */
export const checkOpenClaw = async (
  options: LinkOptions,
  { timeoutMs }: { timeoutMs: number },
): Promise<GatewayCheck> => {
  const startedAt = performance.now();
  const link = openLink(options, { connected: () => {}, disconnected: () => {} }, timeoutMs);
  try {
    const hello = await link.ready(timeoutMs);
    if ('kind' in hello) {
      return {
        reachable: !unreached.has(hello.code),
        authenticated: false,
        protocol: null,
        serverVersion: null,
        latencyMs: null,
        problem: hello,
      };
    }
    const granted = requiredScopes.every((scope) => hello.auth.scopes.includes(scope));
    return {
      reachable: true,
      authenticated: granted,
      protocol: hello.protocol,
      serverVersion: hello.server.version,
      latencyMs: Math.round(performance.now() - startedAt),
      problem: granted ? null : refused('scope_missing'),
    };
  } finally {
    await link.close();
  }
};
