import { InvalidArgumentError } from 'commander';

const units = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;
const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const ago = /^(?:\d+[smhdw])+$/;

/**
 * A time in UTC: an ISO-8601 date or time, which is UTC if it has no offset, or how long ago, for example `90s`, `2h`, `1d12h`.
 *
 * @throws InvalidArgumentError, which commander shows with the option
 */
export const timeFrom = (text: string, now = Date.now()): string => {
  const iso = isoTime.exec(text);
  const time = iso
    ? new Date(text.includes('T') && iso[1] === undefined ? `${text}Z` : text)
    : ago.test(text)
      ? new Date(now - secondsIn(text) * 1000)
      : null;
  if (time !== null && !Number.isNaN(time.getTime()) && (!iso || isDay(text))) return time.toISOString();
  throw new InvalidArgumentError(
    'It must be an ISO-8601 date or time (2026-11-28T09:30:00Z), or how long ago (90s, 2h, 1d12h).',
  );
};

/** Date takes 30 February for 2 March. */
const isDay = (text: string): boolean => {
  const day = text.slice(0, 10);
  return new Date(day).toISOString().startsWith(day);
};

const secondsIn = (text: string): number =>
  [...text.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );

/** For an option. Commander passes the previous value as the second argument. */
export const timeOption = (text: string): string => timeFrom(text);
