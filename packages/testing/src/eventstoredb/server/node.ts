import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as Listener, type Socket } from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';

export const host = '127.0.0.1';

/** One address of the server. This class owns the sockets, so that it can cut them like a cable. */
export class Node {
  readonly #serve: () => Server;
  readonly #credentials: ServerCredentials;
  readonly #sockets = new Set<Socket>();
  #port: number;
  #listener: Listener | undefined;
  #server: Server | undefined;

  /** With port 0, picks any free port and keeps it. */
  constructor(port: number, credentials: ServerCredentials, serve: () => Server) {
    this.#port = port;
    this.#credentials = credentials;
    this.#serve = serve;
  }

  get port(): number {
    return this.#port;
  }

  get isAlive(): boolean {
    return this.#listener !== undefined;
  }

  async listen(): Promise<void> {
    const server = this.#serve();
    const injector = server.createConnectionInjector(this.#credentials);
    const listener = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
      injector.injectConnection(socket);
    });
    listener.listen(this.#port, host);
    await once(listener, 'listening');
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
    this.#server = server;
  }

  /** Ends every connection abruptly. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts all connections and refuses new ones. */
  async close(): Promise<void> {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    const closed = once(listener, 'close');
    listener.close();
    this.cut();
    this.#server?.forceShutdown();
    await closed;
  }
}
