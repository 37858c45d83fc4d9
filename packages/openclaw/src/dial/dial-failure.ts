import { type Rejected, rejected, type Unavailable, unavailable } from '../outcome.ts';
import { AddressRejected } from './address-guard.ts';
import { UpgradeRejected } from './dial.ts';

/** OpenSSL's verification results and Node's own, e.g. CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA/;

/** Why a socket could not be opened. */
export const outcomeOfDialError = (error: Error): Unavailable | Rejected => {
  if (error instanceof AddressRejected) return rejected(error.code);
  if (error instanceof UpgradeRejected) return unavailable('upgrade_rejected');
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateCode.test(code)) return rejected('tls_untrusted');
  return unavailable(
    /handshake has timed out/.test(error.message) ? 'connect_timeout' : 'gateway_unreachable',
  );
};
