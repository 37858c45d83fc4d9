import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AddressBlocks, canonicalAddress } from '@mission-control/runtime';
import { headerValue } from '../server/header-value.ts';
import { forwardedHops, type ProxyHeader } from './forwarded-hops.ts';
import { limitKeyOf } from './limit-key.ts';

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
  /** Told of each request that carries a forwarding header although its peer is not trusted. */
  onUntrusted: (peer: string) => void;
}): FindSender => {
  const { header, onUntrusted } = options;
  const proxies = new AddressBlocks(options.trustedProxies);
  const ofSocket = new WeakMap<Socket, SenderAddress>();

  const peerOf = (socket: Socket): SenderAddress => {
    const known = ofSocket.get(socket);
    if (known) return known;
    const ip = canonicalAddress(socket.remoteAddress ?? '') ?? '0.0.0.0';
    const peer = { ip, limitKey: limitKeyOf(ip), byProxy: proxies.has(ip) };
    ofSocket.set(socket, peer);
    return peer;
  };

  return (request) => {
    const peer = peerOf(request.socket);
    const { headers } = request;
    if (!peer.byProxy) {
      if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) onUntrusted(peer.ip);
      return peer;
    }
    const noted = headerValue(headers, header);
    if (noted === undefined) return peer;
    let ip = peer.ip;
    for (const hop of forwardedHops(header, noted)) {
      if (hop === null || !proxies.has(ip)) break;
      ip = hop;
    }
    return { ip, limitKey: limitKeyOf(ip), byProxy: true };
  };
};
