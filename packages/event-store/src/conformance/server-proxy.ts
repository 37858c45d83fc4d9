import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy to the server that counts the bytes that come back, and that can be cut and repaired. */
export class ServerProxy {
  /** The server's URL through this proxy. */
  readonly url: string;
  /** Bytes that came from the server. */
  received = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #broken = false;
  #stalled = false;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async to(url: string): Promise<ServerProxy> {
    const target = new URL(url);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((server.address() as AddressInfo).port);
    const proxy = new ServerProxy(through.href, server);
    server.on('connection', (near) => proxy.#join(near, target));
    return proxy;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Resets every connection without a graceful close. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Cuts, and rejects new connections until `repair` is called. */
  break(): void {
    this.#broken = true;
    this.cut();
  }

  repair(): void {
    this.#broken = false;
  }

  /** From now on nothing passes in either direction, and neither side is notified. */
  stall(): void {
    this.#stalled = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket, target: URL): void {
    if (this.#broken) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    far.on('data', (bytes) => {
      this.received += bytes.length;
    });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (!this.#stalled) near.pipe(far).pipe(near);
  }
}
