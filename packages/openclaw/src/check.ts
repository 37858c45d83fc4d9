import { type GatewayLinkOptions, openLink } from './connect.ts';
import type { Rejected, Unavailable } from './outcome.ts';

export interface OpenclawGatewayCheck {
  /** An OpenClaw gateway answered at the address. */
  readonly reachable: boolean;
  /** It accepted the token and granted the scopes that sending needs. */
  readonly authenticated: boolean;
  /** The protocol's version; null if the gateway has not reported it. */
  readonly protocol: number | null;
  readonly serverVersion: string | null;
  /** Milliseconds from dialling to the gateway's hello; null without a hello. */
  readonly latencyMs: number | null;
  readonly problem: Unavailable | Rejected | null;
}

/** Codes that mean we got no answer from an OpenClaw gateway. */
const unreached: ReadonlySet<string> = new Set([
  'gateway_unreachable',
  'upgrade_rejected',
  'connect_timeout',
  'address_denied',
  'plaintext_denied',
  'tls_untrusted',
  'tls_fingerprint_mismatch',
  'tls_required',
  'tls_not_spoken',
]);

/** Tries an OpenClaw gateway once, on a separate connection that is closed afterwards. */
export const checkOpenClaw = async (
  options: GatewayLinkOptions,
  { timeoutMs }: { timeoutMs: number },
): Promise<OpenclawGatewayCheck> => {
  const startedAt = performance.now();
  const link = openLink(options, { connected: () => {}, disconnected: () => {}, event: () => {} }, timeoutMs);
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
    return {
      reachable: true,
      authenticated: true,
      protocol: hello.protocol,
      serverVersion: hello.server.version,
      latencyMs: Math.round(performance.now() - startedAt),
      problem: null,
    };
  } finally {
    await link.close();
  }
};
