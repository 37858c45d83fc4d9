import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedIn } from './named-webhook.ts';

const b = '70a4ea4f-5b2d-4f3e-9a1c-8d7e6f4a2b1c';
const w = 'a7f3c2e1-4d8f-4a2b-9c5d-3e7f8a1b2c4d';
const own = `/api/v1/boards/${b}/webhooks/${w}`;

describe('the URL of a webhook', () => {
  it.each([own, `${own}/`, own.replace(w, w.toUpperCase())])('%s has no deviation', (path) => {
    expect(namedIn(path)).toEqual({ boardId: b, webhookId: w, deviation: null });
  });

  it.each([
    [`${own}%20`, 'url_blank'],
    [`${own}%0A`, 'url_blank'],
    [`${own}%0d%0a`, 'url_blank'],
    [`${own}/%09`, 'url_blank'],
    [`${own}%C2%A0`, 'url_blank'],
    [`${own}%E2%80%8B`, 'url_blank'],
    [`${own}%EF%BB%BF`, 'url_blank'],
    [own.replace('/webhooks', '%20/webhooks'), 'url_blank'],
    [own.replace(w, `${w.slice(0, 20)}%0A${w.slice(20)}`), 'url_blank'],
    [`${own}//`, 'url_slashes'],
    [`/${own}`, 'url_slashes'],
    [own.replace('/webhooks', '//webhooks'), 'url_slashes'],
    [own.replace('/webhooks', 'webhooks'), 'url_slashes'],
    [own.replace('webhooks/', 'webhooks'), 'url_slashes'],
    [own.replace('v1/', 'v1'), 'url_slashes'],
    [`${own}.json`, 'url_suffix'],
    [`${own},`, 'url_suffix'],
    [`${own}.`, 'url_suffix'],
    [`${own}"`, 'url_suffix'],
    [`${own}%22`, 'url_suffix'],
    [`${own}%3E`, 'url_suffix'],
    [`${own})`, 'url_suffix'],
    [`${own}0`, 'url_suffix'],
    [`${own};jsessionid=1`, 'url_suffix'],
    [`${own}/github`, 'url_suffix'],
    [`${own}%`, 'url_suffix'],
    [`${own}%ff`, 'url_suffix'],
    [`${own}#x`, 'url_suffix'],
    [`${own}${own}`, 'url_suffix'],
    [own.replace('boards', 'Boards'), 'url_spelling'],
    [own.toUpperCase(), 'url_spelling'],
    [own.replace('boards', '%62oards'), 'url_spelling'],
    [own.replace('/webhooks', '%2Fwebhooks'), 'url_spelling'],
    [own.replace('/webhooks', '\\webhooks'), 'url_spelling'],
    [own.replace('boards', 'board'), 'url_spelling'],
    [own.replace('/boards/', '/boards;v=1/'), 'url_spelling'],
    [own.replace('/api/v1', ''), 'url_spelling'],
    [own.replace('/api/v1', '/hooks/api/v1'), 'url_spelling'],
    [own.replace(w, `{${w}}`), 'url_spelling'],
    [own.replace(w, w.replaceAll('-', '')), 'url_spelling'],
    [`http://localhost${own}`, 'url_spelling'],
    [`/x/..${own}`, 'url_spelling'],
  ])('%s has the deviation %s', (path, deviation) => {
    expect(namedIn(path)).toEqual({ boardId: b, webhookId: w, deviation });
  });

  it.each([
    '/',
    '/api/v1/boards',
    `/api/v1/boards/${b}/webhooks`,
    `/api/v1/boards/${b}/webhooks/${w.slice(1)}`,
    `/api/v1/webhooks/${w}`,
    `/api/v1/agents/${b}/${w}`,
    `/api/v1/boards/x/webhooks/${w}`,
  ])('is not found in %s', (path) => {
    expect(namedIn(path)).toBeNull();
  });
});

it('is found in any path, in linear time', () => {
  const part = fc.constantFrom('board', 'boards', 'webhooks', b, w, '/', ';', '%20', '%', '-', 'a', '=');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const named = namedIn(parts.join(''));
      return named === null || (named.webhookId.length === 36 && named.boardId.length === 36);
    }),
  );
  for (const unit of [
    'boards',
    'boards;',
    ';',
    '/',
    '-',
    'boards/',
    `boards/${b}`,
    `boards${b}/webhooks`,
    '%20',
  ])
    expect(namedIn(unit.repeat(Math.ceil(16_384 / unit.length)))).toBeNull();
});
