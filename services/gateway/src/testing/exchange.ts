import { connect } from 'node:net';
import { type Answer, splitAnswers } from './answers.ts';

export interface Exchange {
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
  /** Whether the connection was kept open: `kept` when it carried another request afterwards, which was answered in order. */
  readonly connection: 'kept' | 'closed';
}

const probeId = 'after-the-exchange';
/** Its path is rejected before anything else is checked, and the response contains its id. */
const probe = `GET /.. HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${probeId}\r\nConnection: close\r\n\r\n`;
const patienceMs = 120_000;

/**
 * Writes bytes to a connection unchanged and resolves to every response that the server sends on it. After the expected number of
 * responses, one more request follows. Responses come in order, so whatever else the bytes were treated as is answered before it.
 *
 * @param options.answers how many responses to await before that request
 * @param options.disconnects when the sender ends its side, in the middle of a request, instead of sending that request
 */
export const exchange = (
  port: number,
  parts: readonly (string | Buffer)[],
  options: { answers: number; disconnects?: 'immediately' | 'after_response' | undefined },
): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setNoDelay(true);
    let received = Buffer.alloc(0);
    let finished = false;
    const timer = setTimeout(() => {
      reject(
        new Error(`After ${patienceMs} ms there was only ${JSON.stringify(received.toString('latin1'))}`),
      );
      socket.destroy();
    }, patienceMs);
    const finish = () => {
      if (finished || splitAnswers(received).length < options.answers) return;
      finished = true;
      if (options.disconnects) socket.end();
      else if (socket.writable) socket.write(probe);
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      finish();
    });
    socket.on('error', () => {}).on('end', () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(timer);
      const all = splitAnswers(received);
      const answers = all.filter(({ headers }) => headers.get('x-request-id') !== probeId);
      resolve({ answers, connection: answers.length < all.length ? 'kept' : 'closed' });
    });
    for (const part of parts) socket.write(part);
    if (options.disconnects === 'immediately') socket.end();
  });
