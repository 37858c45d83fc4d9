import { isIP, type LookupFunction } from 'node:net';
import { connect } from 'node:tls';

/** `ws:` was used for a port that speaks TLS. */
export class TlsRequired extends Error {
  constructor() {
    super('The port speaks TLS: the URL must begin with wss:.');
  }
}

const probeMs = 2_000;

/** Whether a server completes a TLS handshake. Sends nothing else. */
export const speaksTls = (host: string, port: number, lookup: LookupFunction): Promise<boolean> =>
  new Promise((resolve) => {
    // Only the handshake matters here, not the identity of the server.
    const socket = connect({
      host,
      port,
      lookup,
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const settle = (speaks: boolean) => {
      resolve(speaks);
      socket.destroy();
    };
    socket.setTimeout(probeMs, () => settle(false));
    socket.on('error', () => settle(false));
    socket.on('close', () => resolve(false));
    socket.on('secureConnect', () => settle(true));
  });
