import { describe, expect, it } from 'vitest';
import { timeFrom } from './times.ts';

const now = Date.parse('2026-11-28T12:00:00Z');

describe('a time on the command line', () => {
  it.each([
    ['90s', '2026-11-28T11:58:30.000Z'],
    ['2h', '2026-11-28T10:00:00.000Z'],
    ['1d12h', '2026-11-27T00:00:00.000Z'],
    ['2w', '2026-11-14T12:00:00.000Z'],
    ['2026-11-28', '2026-11-28T00:00:00.000Z'],
    ['2026-11-28T09:30', '2026-11-28T09:30:00.000Z'],
    ['2026-11-28T09:30:00.5Z', '2026-11-28T09:30:00.500Z'],
    ['2026-11-28T09:30:00+02:00', '2026-11-28T07:30:00.000Z'],
  ])('%s is %s', (text, time) => expect(timeFrom(text, now)).toBe(time));

  it('without an offset is UTC, whatever the time zone of the machine is', () => {
    const zone = process.env.TZ;
    process.env.TZ = 'America/New_York';
    try {
      expect(timeFrom('2026-11-28T09:30:00')).toBe('2026-11-28T09:30:00.000Z');
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it.each([
    '',
    'yesterday',
    '2',
    'h',
    '-2h',
    '2h ago',
    '2026-13-01',
    '2026-02-30',
    '2026-11-31T09:30:00Z',
    '28.11.2026',
    '2026-11-28 09:30',
    '1.5h',
    `${'9'.repeat(20)}w`,
  ])('is rejected: %j', (text) => expect(() => timeFrom(text, now)).toThrow('ISO-8601'));
});
