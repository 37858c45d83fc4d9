import { connect, type Socket } from 'node:net';
import { type Answer, splitAnswers } from './answers.ts';

const patienceMs = 120_000;

/** A connection that sends requests one after the other, unchanged. It reconnects when the server or a request has ended the connection. */
export class RawConnection {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /**
   * Resolves to the first response, or to null when the connection ended without one.
   *
   * @param options.unfinished ends the sending side after the bytes
   * @param options.last nothing may follow on this connection
   */
  send(bytes: Buffer, options: { unfinished: boolean; last: boolean }): Promise<Answer | null> {
    this.#socket ??= connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      let received = Buffer.alloc(0);
      const settle = (answer: Answer | null) => {
        clearTimeout(timer);
        socket.removeAllListeners().on('error', () => {});
        if (options.last || answer === null || answer.headers.get('connection') === 'close') this.close();
        resolve(answer);
      };
      const timer = setTimeout(() => {
        this.close();
        reject(new Error(`There was no answer within ${patienceMs} ms.`));
      }, patienceMs);
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk]);
        const [answer] = splitAnswers(received);
        if (answer) settle(answer);
      });
      socket
        .on('error', () => settle(null))
        .on('end', () => settle(null))
        .on('close', () => settle(null));
      socket.write(bytes);
      if (options.unfinished) socket.end();
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}
