import { type Rejected, rejected, type Unavailable, unavailable } from '../outcome.ts';
import { AddressRejected } from './address-guard.ts';
import { UpgradeRejected } from './dial.ts';
import { FingerprintMismatch } from './pinned-connection.ts';
import { TlsRequired } from './tls-probe.ts';

/** OpenSSL's verification results and Node's own, e.g. CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA/;

/** Why a socket could not be opened. The details are our own sentences, because no OpenClaw gateway has answered yet. */
export const outcomeOfDialError = (error: Error): Unavailable | Rejected => {
  if (error instanceof AddressRejected) return rejected(error.code);
  if (error instanceof UpgradeRejected)
    return unavailable('upgrade_rejected', { detail: sentenceOfStatus(error.status) });
  if (error instanceof FingerprintMismatch)
    return rejected('tls_fingerprint_mismatch', {
      detail: `The server's certificate has the fingerprint ${error.presented}.`,
    });
  if (error instanceof TlsRequired)
    return rejected('tls_required', { detail: 'The port speaks TLS, so the URL must begin with wss:.' });
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateCode.test(code)) return rejected('tls_untrusted', { detail: `${code}.` });
  if (code === 'EPROTO' && /wrong version number|packet length too long/.test(error.message))
    return rejected('tls_not_spoken', {
      detail: 'The port does not speak TLS: the URL must begin with ws:, or TLS must be set up there.',
    });
  return /handshake has timed out/.test(error.message)
    ? unavailable('connect_timeout')
    : unavailable('gateway_unreachable', { detail: /^[A-Z_]{1,40}$/.test(code) ? `${code}.` : null });
};

const sentenceOfStatus = (status: number): string =>
  status === 403
    ? 'The server answered HTTP 403. If it is behind a reverse proxy, gateway.trustedProxies of OpenClaw must contain the proxy.'
    : `The server answered HTTP ${status}.`;
