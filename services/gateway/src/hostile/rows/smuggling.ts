import { chunked, framed, latin1, post } from '../bytes.ts';
import { accepted, badRequest, encoded, forwarded, noWebhook, type Row, row, type Target } from '../row.ts';

const hidden = ({ path }: Target) => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhidden`;

const inner = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhidden';

/**
 * A coding that some readers treat as chunked and others do not, together with a length. Another request is hidden in the bytes that
 * follow.
 */
const disguised = (name: string, ...lines: string[]): Row =>
  row(
    `${name} with a length`,
    (to) => framed(to, ['Content-Length: 5', ...lines], `0\r\n\r\n${hidden(to)}`),
    badRequest,
  );

const alone = (name: string, line: string): Row =>
  row(`${name} alone`, (to) => framed(to, [line], `0\r\n\r\n${hidden(to)}`), badRequest);

/** Requests that two readers may split differently, and several requests on one connection. */
export const smuggling: readonly Row[] = [
  disguised('chunked', 'Transfer-Encoding: chunked'),
  disguised('xchunked', 'Transfer-Encoding: xchunked'),
  disguised('chunked before a space in the name', 'Transfer-Encoding : chunked'),
  disguised('chunked after a tab', 'Transfer-Encoding:\tchunked'),
  disguised('chunked after a vertical tab', 'Transfer-Encoding: \vchunked'),
  disguised('chunked in quotes', 'Transfer-Encoding: "chunked"'),
  disguised('chunked with a parameter', 'Transfer-Encoding: chunked;q=1'),
  disguised('a folded chunked', 'Transfer-Encoding:', ' chunked'),
  disguised('chunked behind a line feed', 'X-A: a\nTransfer-Encoding: chunked'),
  disguised('chunked behind a carriage return', 'X-A: a\rTransfer-Encoding: chunked'),
  disguised('chunked and identity', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity'),
  disguised('chunked after a NUL', 'Transfer-Encoding: \0chunked'),
  alone('chunked in another alphabet', 'Transfer-Encoding: \u0441hunked'),
  alone('chunked before a tab', 'Transfer-Encoding: chunked\t'),
  alone('chunked with a parameter', 'Transfer-Encoding: chunked; foo'),
  alone('chunked in single quotes', "Transfer-Encoding: 'chunked'"),
  alone('chunked behind nothing', 'Transfer-Encoding: ,chunked'),
  row('a name with an underscore', (to) => post(to, '{}', 'Transfer_Encoding: chunked'), accepted()),
  row('a request in a body', (to) => post(to, inner), accepted(inner)),
  row(
    'two good requests',
    (to) => Buffer.concat([post(to, '{"n":1}'), post(to, '[2]')]),
    accepted('{"n":1}'),
    accepted('[2]'),
  ),
  row(
    'ten good requests',
    (to) => Buffer.concat(Array.from({ length: 10 }, (_, n) => post(to, String(n)))),
    ...Array.from({ length: 10 }, (_, n) => accepted(String(n))),
  ),
  row(
    'chunked, then with a length',
    (to) => Buffer.concat([chunked(to, '2\r\n{}\r\n0\r\n\r\n'), post(to, '[]')]),
    accepted(),
    accepted('[]'),
  ),
  row(
    'good, rejected, good',
    (to) => Buffer.concat([post(to), post({ path: to.unknownPath }), post(to, '[]')]),
    accepted(),
    noWebhook,
    accepted('[]'),
  ),
  row(
    'rejected by its headers, good',
    (to) => Buffer.concat([post(to, 'x', 'Content-Encoding: gzip'), post(to)]),
    encoded,
    accepted(),
  ),
  row(
    'forwarded, good, forwarded',
    (to) => {
      const get = latin1(`GET ${to.path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return Buffer.concat([get, post(to), get]);
    },
    forwarded('GET'),
    accepted(),
    forwarded('GET'),
  ),
  row(
    'good, then malformed, then good',
    (to) => Buffer.concat([post(to), latin1('\0'), post(to, '[]')]),
    accepted(),
    badRequest,
  ),
  row(
    'good, then half a chunk, then good',
    (to) => Buffer.concat([post(to), chunked(to, '9\r\n'), post(to, '[]')]),
    accepted(),
    badRequest,
  ),
  row(
    'more after "close"',
    (to) => Buffer.concat([post(to, '{}', 'Connection: close'), post(to, '[]')]),
    accepted(),
  ),
  row(
    'more after HTTP/1.0',
    ({ path }) => latin1(`POST ${path} HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}POST ${path} HTTP/1.0\r\n\r\n`),
    accepted(),
  ),
  row(
    'HTTP/1.0 kept alive',
    ({ path }) =>
      latin1(`POST ${path} HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}`.repeat(2)),
    accepted(),
    accepted(),
  ),
  row(
    'a GET with a body that is a request',
    (to) =>
      latin1(
        `GET ${to.path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden(to).length}\r\n\r\n${hidden(to)}`,
      ),
    forwarded('GET'),
  ),
  row('a byte at a time', (to) => [...post(to)].map((byte) => Buffer.of(byte)), accepted()),
  row(
    'a chunk in three parts',
    (to) => [chunked(to, '1'), latin1('0\r\n01234567'), latin1('89abcdef\r\n0\r\n\r'), latin1('\n')],
    accepted('0123456789abcdef'),
  ),
  row(
    'two requests cut in the middle of the second',
    (to) => [Buffer.concat([post(to), post(to, '[]').subarray(0, 20)]), post(to, '[]').subarray(20)],
    accepted(),
    accepted('[]'),
  ),
];
