import { createHmac } from 'node:crypto';
import { newRandomId } from '@mission-control/contracts';
import fc from 'fast-check';
import type { TestWebhook } from '../../testing/test-gateway.ts';

/** Usually the first value; once in `times` the odd one. */
export const usually = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, times = 20): fc.Arbitrary<T> =>
  fc.oneof({ weight: times - 1, arbitrary: usual }, { weight: 1, arbitrary: odd });

// No HEAD and no CONNECT: the length of the response is not that of its body.
const methods = fc.constantFrom('GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'post', 'POSTS', '');
const versions = fc.constantFrom(' HTTP/1.0', ' HTTP/2.0', ' HTTP/1.2', ' http/1.1', ' ', '', ' HTTP/1.1 ');

const query = fc
  .string({ unit: fc.constantFrom(...'abc019=&?/%;:.-_~+#[]'), maxLength: 40 })
  .map((text) => `?${text}`);

const respelled = ({ path, boardId, webhookId }: TestWebhook): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      `${path}/`,
      `/${path}`,
      `/x/..${path}`,
      `http://a${path}`,
      `${path}#x`,
      `${path}%00`,
      `${path};a=b`,
      '*',
      path.replace('/webhooks', '%2Fwebhooks'),
      path.replace('/webhooks', '\\webhooks'),
      path.replace('webhooks', 'Webhooks'),
      path.replace('boards', '%62oards'),
      path.replace(webhookId, webhookId.toUpperCase()),
      path.replace(webhookId, webhookId.slice(1)),
      path.replace(boardId, webhookId),
    ),
    // Lookups of unknown ids have a budget that all senders share.
    fc.nat().map(() => path.replace(webhookId, newRandomId())),
  );

export const requestLine = (webhook: TestWebhook): fc.Arbitrary<string> =>
  fc
    .tuple(
      usually(fc.constant('POST'), methods),
      usually(fc.constant(webhook.path), respelled(webhook)),
      usually(fc.constant(''), query, 4),
      usually(fc.constant(' HTTP/1.1'), versions, 40),
    )
    .map(([method, path, search, version]) => `${method} ${path}${search}${version}`);

const token = fc.string({
  unit: fc.constantFrom(..."abcXYZ019!#$%&'*+.^_`|~-"),
  minLength: 1,
  maxLength: 12,
});
const value = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xa0, max: 0xff }), fc.constant(9))
    .map((code) => String.fromCharCode(code)),
  maxLength: 30,
});
const plainHeader = fc.tuple(token, value).map(([name, text]) => `X-${name}: ${text}`);

// No Upgrade: with it Node does not report a broken body until the request is late.
const oddHeader = fc.oneof(
  fc.constantFrom(
    'X A: b',
    'X-A : b',
    'X-A',
    ': b',
    'X-A: \0',
    'X-A: a\r\n b',
    'X-A: a\nb',
    'X-\xe9: a',
    'Expect: 100-continue',
    'Expect: cow',
    'Connection: close',
    'Connection: content-length, x-a',
    'TE: trailers',
    'Content-Encoding: identity',
    'Content-Encoding: gzip',
    'Content-Encoding:',
    'Content-Type: ;;=,',
    'Content-Type: application/json',
    'X-Forwarded-For: 1.1.1.1',
    'Forwarded: for=1.1.1.1',
    'Host: b',
    `X-Big: ${'a'.repeat(17_000)}`,
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 20 }).map((text) => `X-Odd: ${text.replace(/[\r\n]/g, '')}`),
);

export const plainHeaders = fc.array(usually(plainHeader, oddHeader), { maxLength: 5 });

export const hostLines: fc.Arbitrary<readonly string[]> = usually<readonly string[]>(
  fc.constantFrom<readonly string[]>(['Host: a'], ['host: a.example:80'], ['HOST:[::1]']),
  fc.constantFrom<readonly string[]>([], ['Host: a', 'Host: a'], ['Host: a/b'], ['Host : a']),
  40,
);

/** For a webhook of the scheme `hmac`. */
export const signatureLines = (secret: string, body: Buffer): fc.Arbitrary<readonly string[]> => {
  const right = createHmac('sha256', secret).update(body).digest('hex');
  const line = `X-Hub-Signature-256: sha256=${right}`;
  return usually<readonly string[]>(
    fc.constant([line]),
    fc.constantFrom<readonly string[]>(
      [],
      [line, line],
      [`${line}0`],
      [line.replace('256=', '1=')],
      ['X-Hub-Signature-256:'],
    ),
    10,
  );
};
