import { connect } from 'node:net';

const patienceMs = 120_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Everything the server sent. */
  readonly text: string;
}

/**
 * Writes bytes to a socket unchanged, where a client would normalise them. Resolves to the first response; the status is 0 when the
 * connection ended without one.
 *
 * @param options.end ends the sending side after the bytes
 */
export const rawRequest = (
  port: number,
  parts: readonly (string | Buffer)[],
  options: { end?: boolean } = {},
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const received: Buffer[] = [];
    const finish = () => {
      socket.destroy();
      resolve(parse(Buffer.concat(received).toString('latin1')));
    };
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No answer within ${patienceMs} ms to ${String(parts[0]).slice(0, 80)}`));
    }, patienceMs);
    socket.on('data', (chunk) => {
      received.push(chunk);
      if (isComplete(Buffer.concat(received).toString('latin1'))) finish();
    });
    socket.on('error', finish).on('end', finish);
    socket.once('close', () => clearTimeout(timer));
    for (const part of parts) socket.write(part);
    if (options.end) socket.end();
  });

const isComplete = (received: string): boolean => {
  const text = withoutContinue(received);
  const end = text.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  if (end >= 0 && /\r\ntransfer-encoding: chunked/i.test(text.slice(0, end)))
    return text.endsWith('\r\n0\r\n\r\n');
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
};

/** A `100 Continue` may precede the response. */
const withoutContinue = (text: string): string => text.replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');

const parse = (text: string): RawAnswer => {
  const [head = '', body = ''] = withoutContinue(text).split('\r\n\r\n', 2);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body, text };
};
