/** One byte a character. */
export const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Any request line, before a plain request's headers and body `{}`. */
export const withLine = (line: string): Buffer => latin1(`${line}\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`);

/** A POST with these headers and no others but Host, and these bytes after them. */
export const framed = (
  { path }: { path: string },
  headers: readonly string[],
  rest: string | Buffer,
): Buffer =>
  Buffer.concat([
    latin1(`POST ${path} HTTP/1.1\r\nHost: a\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`),
    Buffer.from(rest as string),
  ]);

/** A well-formed POST of the body. */
export const post = (to: { path: string }, body: string | Buffer = '{}', ...headers: string[]): Buffer =>
  framed(to, [`Content-Length: ${Buffer.byteLength(body)}`, ...headers], body);

/** A POST whose body is sent in chunks, which are given as they stand on the wire. */
export const chunked = (to: { path: string }, chunks: string, ...headers: string[]): Buffer =>
  framed(to, ['Transfer-Encoding: chunked', ...headers], chunks);
