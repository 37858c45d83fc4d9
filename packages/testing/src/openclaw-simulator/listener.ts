import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ListenerOptions {
  /** 0 picks a free port and keeps it. */
  readonly port: number;
  /** How clients reach it, if not by loopback. Then it listens on every address. */
  readonly host?: string | undefined;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly connected: (socket: WebSocket, request: IncomingMessage) => void;
  /** Whether a connection is reset as soon as it is open. */
  readonly resets: () => boolean;
  /** The HTTP status with which the WebSocket is refused, or null. */
  readonly refusal: () => number | null;
}

/** A WebSocket server that can stop and start again on the same port. */
export class Listener {
  readonly #options: ListenerOptions;
  #server: Server | undefined;
  #sockets = new Set<WebSocket>();
  #port: number;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get url(): string {
    return `${this.#options.tls ? 'wss' : 'ws'}://${this.#options.host ?? '127.0.0.1'}:${this.#port}`;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const { host, tls, connected, resets, refusal } = this.#options;
    const server = tls ? createTlsServer(tls) : createServer();
    this.#server = server;
    const sockets = new WebSocketServer({
      server,
      maxPayload: 26_214_400,
      verifyClient: (_, accept) => {
        const status = refusal();
        accept(status === null, status ?? undefined);
      },
    });
    server.on('connection', (socket: Socket) => {
      if (resets()) socket.resetAndDestroy();
    });
    sockets.on('connection', (socket, request) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      connected(socket, request);
    });
    // The WebSocket server repeats the HTTP server's errors, which `once` below throws.
    sockets.on('error', () => {});
    server.listen(this.#port, host === undefined ? '127.0.0.1' : '0.0.0.0');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Stops listening. With a close code, clients get everything that was sent before, and then that. */
  async close(code?: number): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    if (code !== undefined) {
      for (const socket of this.#sockets) socket.close(code, 'service restart');
      await Promise.race([
        Promise.all([...this.#sockets].map((socket) => once(socket, 'close'))),
        delay(1_000, undefined, { ref: false }),
      ]);
    }
    this.drop();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
