import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ListenerOptions {
  /** 0 picks a free port and keeps it. */
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly connected: (socket: WebSocket) => void;
}

/** A WebSocket server on loopback that can stop and start again on the same port. */
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
    return `${this.#options.tls ? 'wss' : 'ws'}://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    if (this.#server) return;
    const { tls, connected } = this.#options;
    const server = tls ? createTlsServer(tls) : createServer();
    this.#server = server;
    const sockets = new WebSocketServer({ server, maxPayload: 26_214_400 });
    sockets.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      connected(socket);
    });
    // The WebSocket server repeats the HTTP server's errors, which `once` below throws.
    sockets.on('error', () => {});
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks every connection. */
  drop(): void {
    for (const socket of this.#sockets) socket.terminate();
  }

  /** Stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    this.drop();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
