import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { headerValue } from '../server/header-value.ts';
import { canonicalAddress, limitKeyOf } from './address.ts';
import { forwardedHops, type ProxyHeader } from './forwarded-hops.ts';
import { TrustedProxies } from './trusted-proxies.ts';

export interface SenderAddress {
  readonly ip: string;
  /** What limits count the sender under. */
  readonly limitKey: string;
  /** True when the peer of the connection is a trusted proxy. */
  readonly byProxy: boolean;
}

export type FindSender = (request: IncomingMessage) => SenderAddress;

/**
 * Where a request comes from: the connection's peer, or, while that is a trusted proxy, the hop it names in the one believed
 * header, from right to left up to the first hop that is not trusted. An entry that is no address ends the walk at the last valid hop.
 */
export const createFindSender = (options: {
  trustedProxies: readonly string[];
  header: ProxyHeader;
}): FindSender => {
  const proxies = new TrustedProxies(options.trustedProxies);
  const ofSocket = new WeakMap<Socket, SenderAddress>();

  const peerOf = (socket: Socket): SenderAddress => {
    const known = ofSocket.get(socket);
    if (known) return known;
    const ip = canonicalAddress(socket.remoteAddress ?? '') ?? '0.0.0.0';
    const peer = { ip, limitKey: limitKeyOf(ip), byProxy: proxies.trusts(ip) };
    ofSocket.set(socket, peer);
    return peer;
  };

  return (request) => {
    const peer = peerOf(request.socket);
    const noted = peer.byProxy ? headerValue(request.headers, options.header) : undefined;
    if (noted === undefined) return peer;
    let ip = peer.ip;
    for (const hop of forwardedHops(options.header, noted)) {
      if (hop === null || !proxies.trusts(ip)) break;
      ip = hop;
    }
    return { ip, limitKey: limitKeyOf(ip), byProxy: true };
  };
};
