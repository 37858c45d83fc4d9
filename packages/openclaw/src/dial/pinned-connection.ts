import { type createConnection, isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** The server presented a certificate other than the pinned one. */
export class FingerprintMismatch extends Error {
  readonly presented: string;

  constructor(presented: string) {
    super('The certificate is not the pinned one.');
    this.presented = presented;
  }
}

/**
 * Opens TLS connections for `ws` to a server with one particular certificate. Its issuer, names and dates are not checked. Nothing of the
 * WebSocket is sent before the certificate has been compared.
 *
 * @param fingerprint SHA-256, lower-case hex
 */
export const pinnedConnection = (fingerprint: string): typeof createConnection => {
  const open = (options: ConnectionOptions): TLSSocket => {
    const host = options.host ?? '';
    const socket = connect({
      ...options,
      path: undefined,
      rejectUnauthorized: false,
      servername: isIP(host) === 0 ? host : '',
    });
    socket.on('secureConnect', () => {
      const presented = fingerprintOf(socket);
      if (presented !== fingerprint) socket.destroy(new FingerprintMismatch(presented));
    });
    return socket;
  };
  // `ws` calls it with options only.
  return open as typeof createConnection;
};

const fingerprintOf = (socket: TLSSocket): string =>
  (socket.getPeerCertificate().fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
