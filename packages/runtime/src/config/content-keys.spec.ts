import { expect, it } from 'vitest';
import { contentKeyAccessOf } from './content-keys.ts';
import { ConfigError } from './load.ts';

const DATABASE_URL = 'postgres://user@localhost/mission_control';
const ENCRYPTION_KEY = [Buffer.alloc(32, 7)];

it('encrypted content is read with both the database and the key', () => {
  for (const CONTENT_ENCRYPTION of [true, false])
    expect(contentKeyAccessOf({ CONTENT_ENCRYPTION, DATABASE_URL, ENCRYPTION_KEY })).toEqual({
      ...{ DATABASE_URL, ENCRYPTION_KEY },
    });
});

it('a service may lack one of them only while content is not encrypted', () => {
  expect(contentKeyAccessOf({ CONTENT_ENCRYPTION: false, DATABASE_URL })).toBeNull();
  expect(contentKeyAccessOf({ CONTENT_ENCRYPTION: false, ENCRYPTION_KEY })).toBeNull();
  const missing = (given: object) => () => contentKeyAccessOf({ CONTENT_ENCRYPTION: true, ...given });
  expect(missing({ DATABASE_URL })).toThrow(ConfigError);
  expect(missing({ DATABASE_URL })).toThrow(/^ENCRYPTION_KEY is missing/);
  expect(missing({ ENCRYPTION_KEY })).toThrow(/^DATABASE_URL is missing/);
});
