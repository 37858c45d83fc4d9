import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { routeOf } from './route.ts';

const b = '70a4ea4f-5b2d-4f3e-9a1c-8d7e6f4a2b1c';
const w = 'a7f3c2e1-4d8f-4a2b-9c5d-3e7f8a1b2c4d';
const ingest = `/api/v1/boards/${b}/webhooks/${w}`;

describe('a POST', () => {
  it.each([
    [ingest, 'ingest'],
    [`${ingest}?a=/../%2f`, 'ingest'],
    ['/api/v1/boards/x/webhooks/y', 'ingest'],
    [`${ingest}/`, 'ingest'],
    [`${ingest}/?a=b`, 'ingest'],
    [`${ingest}//`, 'not_found'],
    [ingest.replace('/boards', 'boards'), 'not_found'],
    [ingest.replace('webhooks/', 'webhooks'), 'not_found'],
    [`/${ingest}`, 'not_found'],
    [ingest.replace('/boards/', '//boards/'), 'not_found'],
    [ingest.replace('/api', '/API'), 'not_found'],
    [ingest.replace('webhooks', 'Webhooks'), 'not_found'],
    [ingest.replace('boards', '%62oards'), 'not_found'],
    [ingest.replace(w, `%61${w.slice(1)}`), 'not_found'],
    [`${ingest};x=1`, 'not_found'],
    [ingest.replace('/boards/', '/boards;x=1/'), 'not_found'],
    [ingest.replace('/boards/', '/boards%20/'), 'not_found'],
    [`${ingest}/test`, 'forward'],
    [`${ingest}/secret/rotate`, 'forward'],
    [`/api/v1/boards/${b}/webhooks`, 'forward'],
    ['/api/v1/boards', 'forward'],
    [`${ingest.replace('/webhooks', '%2fwebhooks')}`, 'bad_path'],
    [`${ingest.replace('/webhooks', '%5Cwebhooks')}`, 'bad_path'],
    [`/x/..${ingest}`, 'bad_path'],
    [`/x/%2e%2E${ingest}`, 'bad_path'],
    [`/.${ingest}`, 'bad_path'],
    [`/x/..;${ingest}`, 'bad_path'],
    [`/x/%2e.%3bp=1${ingest}`, 'bad_path'],
    [`${ingest}%00`, 'bad_path'],
    [`${ingest}%0d%0aX:1`, 'bad_path'],
    [`${ingest}\\`, 'bad_path'],
    [`${ingest}%`, 'bad_path'],
    [`${ingest}%ff`, 'bad_path'],
    [`${ingest}#x`, 'bad_path'],
    [`http://elsewhere.example${ingest}`, 'bad_path'],
    ['*', 'bad_path'],
    ['', 'bad_path'],
  ])('to %s is %s', (url, kind) => {
    expect(routeOf('POST', url).kind).toBe(kind);
  });

  it('to ingest includes the ids', () => {
    expect(routeOf('POST', ingest)).toEqual({ kind: 'ingest', boardId: b, webhookId: w });
  });
});

describe('another method', () => {
  const unknown = '/api/v1/boards/x/webhooks/y';

  it.each(['GET', 'HEAD', 'PATCH', 'DELETE'])('%s of a webhook goes to the admin API', (method) => {
    for (const url of [ingest, `${ingest}/`, unknown]) expect(routeOf(method, url).kind).toBe('forward');
    expect(routeOf(method, `/x/..${ingest}`).kind).toBe('bad_path');
  });

  it.each(['PUT', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'PURGE', 'M-SEARCH', 'LINK'])(
    '%s is not supported for a webhook',
    (method) => {
      for (const url of [ingest, `${ingest}/`, `${ingest}?a=b`, unknown])
        expect(routeOf(method, url).kind).toBe('wrong_method');
      for (const url of [`${ingest}/test`, '/api/v1/boards'])
        expect(routeOf(method, url).kind).toBe('forward');
      expect(routeOf(method, `/x/..${ingest}`).kind).toBe('bad_path');
    },
  );
});

it('no spelling of the ingest path is ever forwarded as a POST', () => {
  const letter = (character: string) =>
    fc.constantFrom(character, character.toUpperCase(), `%${character.charCodeAt(0).toString(16)}`);
  const segment = (text: string) => fc.tuple(...[...text].map(letter)).map((letters) => letters.join(''));
  const separator = fc.constantFrom('/', '//', '/;a/', ';p=1/');
  const spelling = fc
    .tuple(
      separator,
      segment('api'),
      separator,
      segment('v1'),
      separator,
      segment('boards'),
      separator,
      segment('webhooks'),
      separator,
      fc.constantFrom('', '/', '//', ';x', '.json', ','),
    )
    .map(
      ([s1, api, s2, v1, s3, boards, s4, webhooks, s5, end]) =>
        `/${s1}${api}${s2}${v1}${s3}${boards}/${b}${s4}${webhooks}${s5}${w}${end}`,
    );
  fc.assert(fc.property(spelling, (url) => routeOf('POST', url).kind !== 'forward'));
});

it.each([
  ['semicolons before a line separator', `/${';'.repeat(15_900)}%E2%80%A8`],
  ['semicolons before a paragraph separator', `/${';'.repeat(15_900)}%E2%80%A9`],
  ['encoded semicolons before a line separator', `/${'%3B'.repeat(5_300)}%E2%80%A8`],
  ['parameters in every segment', `/${';%E2%80%A8/'.repeat(1_400)}`],
  ['spaces before a letter', `/${'%20'.repeat(5_300)}a`],
  ['a repeated part of a name', `/${'boards'.repeat(2_600)}`],
])('takes about as long for %s as for letters', (_, url) => {
  const timeOf = (target: string): number => {
    const times = Array.from({ length: 5 }, () => {
      const startedAt = process.threadCpuUsage().user;
      routeOf('POST', target);
      return process.threadCpuUsage().user - startedAt;
    });
    return Math.min(...times);
  };
  expect(timeOf(url)).toBeLessThan(timeOf(`/${'%61'.repeat(5_300)}`) + 30_000);
});

it('classifies any target without throwing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (url) => typeof routeOf('POST', `/${url}`).kind === 'string'),
  );
});
