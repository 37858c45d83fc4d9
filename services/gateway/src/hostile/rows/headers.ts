import { framed, latin1, post } from '../bytes.ts';
import { accepted, badRequest, headersTooLarge, type Row, rejected, row, type Target } from '../row.ts';

/** A plain request with these additional headers. */
const more = (name: string, lines: readonly string[], ...answers: Row['answers']): Row =>
  row(name, (to) => latin1(post(to, '{}', ...lines).toString('latin1')), ...answers);

/** A request with exactly these headers. */
const only = (name: string, lines: readonly string[], ...answers: Row['answers']): Row =>
  row(
    name,
    ({ path }: Target) => latin1(`${[`POST ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n{}`),
    ...answers,
  );

const length = 'Content-Length: 2';
const expectationFailed = rejected(417, 'expectation_failed');
/** Node accepts 1,000 headers. */
const many = (count: number) => Array.from({ length: count }, (_, n) => `x${n}:`);

export const headers: readonly Row[] = [
  only('no Host', [length], badRequest),
  only('two Host headers', ['Host: a', 'Host: b', length], badRequest),
  only('two equal Host headers', ['Host: a', 'HOST: a', length], badRequest),
  only('an empty Host', ['Host:', length], accepted()),
  only('a Host with a path', ['Host: a/../b', length], badRequest),
  only('a Host with a user', ['Host: a@b', length], badRequest),
  only('a Host with a space', ['Host: a b', length], badRequest),
  only('a non-ASCII Host', ['Host: \xe9', length], badRequest),
  only('a Host with a port of letters', ['Host: a:b', length], badRequest),
  only('an IPv6 Host', ['Host: [::1]:80', length], accepted()),
  only('the Host of another site', ['Host: evil.example', length], accepted()),
  only('a Host after a space', [' Host: a', length], badRequest),
  only('Host before a space', ['Host : a', length], badRequest),
  more('a folded header', ['X-A: a', ' b'], badRequest),
  more('a header folded by a tab', ['X-A: a', '\tb'], badRequest),
  more('a name with a space', ['X A: b'], badRequest),
  more('a name before a space', ['X-A : b'], badRequest),
  more('no name', [': b'], badRequest),
  more('no colon', ['X-A'], badRequest),
  more('a non-ASCII name', ['X-\xe9: b'], badRequest),
  more('a name with a NUL', ['X-\0: b'], badRequest),
  more('a name in brackets', ['X[A]: b'], badRequest),
  more('a value with a NUL', ['X-A: \0'], badRequest),
  more('a value with a control character', ['X-A: \x01'], badRequest),
  more('a value with DEL', ['X-A: \x7f'], badRequest),
  more('a value with a line feed alone', ['X-A: a\nX-B: b'], badRequest),
  more('a value with a carriage return alone', ['X-A: a\rX-B: b'], badRequest),
  more('a value in Latin-1', ['X-A: \xe9\xff'], accepted()),
  more('a value with tabs', ['X-A: \ta\tb\t'], accepted()),
  more('an empty value', ['X-A:'], accepted()),
  more('names of the prototype', ['__proto__: a', 'constructor: b', 'toString: c'], accepted()),
  more('one name many times', Array(100).fill('X-A: a'), accepted()),
  more('990 headers', many(990), accepted()),
  more('1,500 headers', many(1_500), headersTooLarge),
  more('headers of 15 KiB', [`X-A: ${'a'.repeat(15_000)}`], accepted()),
  more('headers of 17 KiB', [`X-A: ${'a'.repeat(17_000)}`], headersTooLarge),
  more('many headers of 17 KiB in total', Array(170).fill(`X-A: ${'a'.repeat(100)}`), headersTooLarge),
  more('a name of 17,000 characters', [`${'a'.repeat(17_000)}: a`], headersTooLarge),
  more('Expect: 100-continue', ['Expect: 100-continue'], accepted()),
  more('Expect: 100-Continue', ['Expect: 100-Continue'], accepted()),
  more('Expect: something else', ['Expect: 200-ok'], expectationFailed),
  more('Expect: a list', ['Expect: 100-continue, x'], expectationFailed),
  more('Expect: nothing', ['Expect:'], expectationFailed),
  more(
    'Upgrade to WebSocket',
    ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    accepted(),
  ),
  more(
    'Upgrade to HTTP/2',
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    accepted(),
  ),
  more('Upgrade without Connection', ['Upgrade: websocket'], accepted()),
  more('Connection names the length', ['Connection: content-length'], accepted()),
  more('Connection of nonsense', ['Connection: ,,;close x'], accepted()),
  more('Keep-Alive of nonsense', ['Keep-Alive: timeout=-1, max=99999999999'], accepted()),
  more('TE and Trailer', ['TE: trailers, deflate;q=0.5', 'Trailer: Content-Length'], accepted()),
  more(
    'forwarding by an untrusted peer',
    ['X-Forwarded-For: 1.1.1.1', 'Forwarded: for=1.1.1.1', 'X-Real-IP: 1.1.1.1'],
    accepted(),
  ),
  more('a path override for proxies', ['X-Original-URL: /admin', 'X-Rewrite-URL: /admin'], accepted()),
  more('a request id with an escape', ['X-Request-Id: \x1b[31m'], badRequest),
  more('a request id with a quote', ['X-Request-Id: "><script>'], accepted()),
  more('two request ids', ['X-Request-Id: a', 'X-Request-Id: b'], accepted()),
  more('a range', ['Range: bytes=0-0', 'If-Match: "x"', 'If-None-Match: *'], accepted()),
  more('cookies', ['Cookie: a=b', 'Cookie: c=d', 'Authorization: Bearer x'], accepted()),
  row('no header except Host', (to) => framed(to, [], ''), accepted('')),
];
