import { expect, it } from 'vitest';
import { contentEncryptions } from './content-encryption.ts';
import { contentKeyAccessOf } from './content-keys.ts';
import { ConfigError } from './load.ts';

const DATABASE_URL = 'postgres://user@localhost/mission_control';
const ENCRYPTION_KEY = [Buffer.alloc(32, 7)];

it('encrypted content is read with both the database and the key', () => {
  for (const CONTENT_ENCRYPTION of contentEncryptions)
    expect(contentKeyAccessOf({ CONTENT_ENCRYPTION, DATABASE_URL, ENCRYPTION_KEY })).toEqual({
      ...{ DATABASE_URL, ENCRYPTION_KEY },
    });
});

it('a service may lack one of them only while content is not encrypted', () => {
  expect(contentKeyAccessOf({ CONTENT_ENCRYPTION: 'off', DATABASE_URL })).toBeNull();
  expect(contentKeyAccessOf({ CONTENT_ENCRYPTION: 'off', ENCRYPTION_KEY })).toBeNull();
  for (const CONTENT_ENCRYPTION of ['per-webhook', 'on'] as const) {
    const missing = (given: object) => () => contentKeyAccessOf({ CONTENT_ENCRYPTION, ...given });
    expect(missing({ DATABASE_URL })).toThrow(ConfigError);
    expect(missing({ DATABASE_URL })).toThrow(/^ENCRYPTION_KEY is missing/);
    expect(missing({ ENCRYPTION_KEY })).toThrow(/^DATABASE_URL is missing/);
  }
});
