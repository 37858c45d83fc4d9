import { invisibleEnd, withoutInvisibleEnds } from '@mission-control/runtime';
import { z } from 'zod';

/**
 * Strings that admins and agents send. Lone surrogates and control characters are rejected: databases accept neither, and they
 * could move a reader's cursor.
 */
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const controlsButLines = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

const text = (max: number, forbidden: RegExp, saying: string) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? undefined : 'must be a string') })
    .trim()
    .max(max, { error: `must have at most ${max} characters` })
    .refine((value) => !forbidden.test(value), { error: saying })
    .refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' });

const notEmpty = { error: 'must not be empty' };

/** One line, not empty. */
export const singleLine = (max: number) =>
  text(max, controls, 'must be a single line without control characters').min(1, notEmpty);

/** Any number of lines, may be empty. */
export const anyText = (max: number) => text(max, controlsButLines, 'must not contain control characters');

/** Any number of lines, not empty. */
export const someText = (max: number) => anyText(max).min(1, notEmpty);

/**
 * A secret is stored exactly as given, so invisible characters that a paste adds at its ends are rejected. With them no request
 * would ever match.
 */
export const secretText = (max: number) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? undefined : 'must be a string') })
    .min(1, notEmpty)
    .max(max, { error: `must have at most ${max} characters` })
    .refine((value) => invisibleEnd(value) === null, {
      error: ({ input }) => `${invisibleEnd(String(input))}; remove it`,
    })
    .refine((value) => value.isWellFormed() && !controls.test(withoutInvisibleEnds(value)), {
      error: 'must not contain control characters',
    });

/**
 * A string or null in a response. The minimum length of 0 restricts nothing. It keeps the generator of the API description from
 * shortening the type to `type: [string, null]`, which the generator then treats as an array.
 */
export const textOrNull = z.union([z.string().min(0), z.null()]);

/** RFC 9110: a field name is a token. */
export const headerName = z
  .string()
  .trim()
  .toLowerCase()
  .max(100, { error: 'must have at most 100 characters' })
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/, { error: 'must be the name of a header' });

export const id = z.uuid({ error: 'must be a UUID' }).toLowerCase();
export const flag = z.boolean({
  error: (issue) => (issue.input === undefined ? undefined : 'must be true or false'),
});

const list = new Intl.ListFormat('en-GB');
/** "a, b and c" */
export const listed = (names: readonly string[]): string => list.format(names);

/** A date or a time, ISO-8601; without an offset it is UTC. The result is a time in UTC. */
export const moment = z
  .union([z.iso.datetime({ offset: true, local: true }), z.iso.date()], {
    error: 'must be an ISO-8601 date or time',
  })
  .transform((value) =>
    new Date(/T.*(Z|[+-]\d\d:\d\d)$/.test(value) || !value.includes('T') ? value : `${value}Z`).toISOString(),
  );

/** Rejects an update without any field to change. */
export const somethingToChange = [
  (body: object) => Object.values(body).some((value) => value !== undefined),
  { error: 'must have at least one field to change' },
] as const;
