/** One byte per character. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** A request line, followed by the headers and body `{}` of a plain request. */
export const withLine = (line: string): Buffer => latin1(`${line}\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);

/** A POST with only these headers and Host, followed by these bytes. */
export const framed = (
  { path }: { path: string },
  headers: readonly string[],
  rest: string | Buffer,
): Buffer =>
  Buffer.concat([
    latin1(`POST ${path} HTTP/1.1\r\nHost: a\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
    Buffer.from(rest as string),
  ]);

/** A well-formed POST with this body. */
export const post = (to: { path: string }, body: string | Buffer = '{}', ...headers: string[]): Buffer =>
  framed(to, [`Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);

/** A POST with a chunked body. The chunks are given exactly as they are sent. */
export const chunked = (to: { path: string }, chunks: string, ...headers: string[]): Buffer =>
  framed(to, ['Transfer-Encoding: chunked', ...headers], chunks);
