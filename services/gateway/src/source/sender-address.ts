import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AddressBlocks, canonicalAddress } from '@mission-control/runtime';
import { headerValue } from '../server/header-value.ts';
import { forwardedHops, type ProxyHeader } from './forwarded-hops.ts';
import { limitKeyOf } from './limit-key.ts';

export interface SenderAddress {
  readonly ip: string;
  /** The key under which limits count the sender. */
  readonly limitKey: string;
  /** True when the connection's peer is a trusted proxy. */
  readonly byProxy: boolean;
}

export type FindSender = (request: IncomingMessage) => SenderAddress;

/**
 * Finds where a request comes from. That is the connection's peer, unless the peer is a trusted proxy. Then the one configured header is
 * read from right to left, up to the first hop that is not trusted. An entry that is not an address ends the walk at the last valid hop.
 */
export const createFindSender = (options: {
  trustedProxies: readonly string[];
  header: ProxyHeader;
  /** Called for each request with a forwarding header from an untrusted peer. */
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
