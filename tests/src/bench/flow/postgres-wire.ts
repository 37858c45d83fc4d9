import { Socket } from 'node:net';

/** What a process asks Postgres, and what it is told about transactions. */
export interface WireListener {
  /** A statement is sent, alone or as one that was prepared before. */
  readonly onStatement: (text: string) => void;
  /** The server is ready for the next statement, and no transaction is open. */
  readonly onTransactionEnd: () => void;
}

/** The first message of a client has no type: its length, then the version of the protocol, 3.x. */
const isStartup = (chunk: unknown): chunk is Buffer =>
  Buffer.isBuffer(chunk) &&
  chunk.length >= 8 &&
  chunk.readInt32BE(0) === chunk.length &&
  chunk.readInt16BE(4) === 3;

/** The string at an offset, which ends with a zero. */
const stringAt = (body: Buffer, offset: number): string =>
  body.toString('utf8', offset, body.indexOf(0, offset));

/** Cuts a stream of messages: a type of one byte, then the length of what follows, itself included, in four bytes. */
class Messages {
  readonly #onMessage: (type: string, body: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onMessage: (type: string, body: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  take(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (rest.length >= 5) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) break;
      this.#onMessage(String.fromCharCode(rest[0] ?? 0), rest.subarray(5, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

/**
 * Listens to all connections of this process to Postgres, whichever driver they have. It does not understand TLS.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export const listenToPostgres = ({ onStatement, onTransactionEnd }: WireListener): void => {
  const connections = new WeakMap<Socket, { sent: Messages; received: Messages }>();
  const connect = (socket: Socket): void => {
    const texts = new Map<string, string>();
    const sent = new Messages((type, body) => {
      if (type === 'Q') onStatement(stringAt(body, 0));
      else if (type === 'P') {
        const name = stringAt(body, 0);
        texts.set(name, stringAt(body, Buffer.byteLength(name) + 1));
      } else if (type === 'B') {
        const name = stringAt(body, body.indexOf(0) + 1);
        onStatement(texts.get(name) ?? name);
      }
    });
    const received = new Messages((type, body) => {
      if (type === 'Z' && body.toString('latin1') === 'I') onTransactionEnd();
    });
    connections.set(socket, { sent, received });
  };
  const { write, push } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    const [chunk] = args as [unknown];
    const known = connections.get(this);
    if (known && Buffer.isBuffer(chunk)) known.sent.take(chunk);
    else if (!known && this.bytesWritten === 0 && isStartup(chunk)) connect(this);
    return write.apply(this, args);
  } as typeof write;
  Socket.prototype.push = function (this: Socket, chunk: unknown, encoding?: BufferEncoding) {
    if (Buffer.isBuffer(chunk)) connections.get(this)?.received.take(chunk);
    return push.call(this, chunk, encoding);
  };
};
