import type { Logger, Metrics } from '@mission-control/runtime';

/**
 * Counts forwarding headers from untrusted peers. Warns about the first one, which may be a proxy that is missing from the configuration.
 */
export const reportUntrustedForwarding = (meter: Metrics['meter'], log: Logger): ((peer: string) => void) => {
  const ignored = meter.createCounter('mission_control.ingest.forwarding_headers.ignored', {
    description: 'Requests with X-Forwarded-For or Forwarded from a peer that is not a trusted proxy.',
    unit: '{request}',
  });
  let warned = false;
  return (peer) => {
    ignored.add(1);
    if (warned) return;
    warned = true;
    log.warn(
      { peer },
      'ignored a forwarding header from an untrusted peer; if the peer is your reverse proxy, add it to TRUSTED_PROXIES',
    );
  };
};
