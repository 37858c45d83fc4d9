import { expect, it } from 'vitest';
import { encryptsContent } from './content-encryption.ts';
import { loadConfig } from './load.ts';
import { variables } from './variables.ts';

const { CONTENT_ENCRYPTION } = variables;
const load = (value?: string) =>
  loadConfig({ CONTENT_ENCRYPTION }, value === undefined ? {} : { CONTENT_ENCRYPTION: value })
    .CONTENT_ENCRYPTION;

it('CONTENT_ENCRYPTION is off by default, and takes the values of the first release that had it', () => {
  expect(load()).toBe('off');
  for (const value of ['off', 'per-webhook', 'on']) expect(load(value)).toBe(value);
  expect(load('false')).toBe('off');
  expect(load('true')).toBe('on');
  expect(() => load('yes')).toThrow('must be off, per-webhook or on');
});

it.each([
  ['off', [false, false, false]],
  ['per-webhook', [false, true, false]],
  ['on', [true, true, false]],
] as const)(
  'with %s, webhooks without a setting, with true and with false encrypt: %j',
  (installation, expected) => {
    expect([null, true, false].map((setting) => encryptsContent(installation, setting))).toEqual(expected);
  },
);
