import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { PageQuery } from '../http/pages.ts';
import { moment } from '../http/texts.ts';

/** A point in the log: everything up to it counts, and nothing after it. */
export type AsOf =
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'position'; readonly incarnation: string; readonly position: bigint };

const logPosition = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):(\d{1,20})$/i;

/** A position as it is shown and asked for. A position means something only in its own log. */
export const shownPosition = (incarnation: string, position: bigint): string => `${incarnation}:${position}`;

const positionIn = (text: string): Extract<AsOf, { kind: 'position' }> | null => {
  const [, incarnation, position] = logPosition.exec(text) ?? [];
  if (!incarnation || !position) return null;
  return { kind: 'position', incarnation: incarnation.toLowerCase(), position: BigInt(position) };
};

const pointIn = (text: string): AsOf | null => {
  const time = moment.safeParse(text);
  return positionIn(text) ?? (time.success ? { kind: 'time', time: time.data } : null);
};

const read = <T>(parse: (text: string) => T | null, expected: string) =>
  z
    .string()
    .max(100, { error: 'must have at most 100 characters' })
    .transform((text, context): T => {
      const found = parse(text);
      if (found !== null) return found;
      context.addIssue({ code: 'custom', message: `must be ${expected}` });
      return z.NEVER;
    });

/** A position of the log, as responses show it. */
export const positionText = read(positionIn, 'a position of the log, <incarnation>:<position>');

export const asOf = read(
  pointIn,
  'an ISO-8601 date or time, or a position of the log, <incarnation>:<position>',
)
  .optional()
  .describe(
    'Answers as of this point: a date or time (ISO-8601; without an offset it is UTC), which means the last event that the log recorded at ' +
      'or before it, or a position of the log as <incarnation>:<position>, for example from the header X-As-Of of an earlier response. 422: ' +
      'it is in the future, before the first event, or in another log. 410: deleted or removed by then, with the event that did it.',
  );

export class AsOfQuery extends createZodDto(z.object({ as_of: asOf })) {}

export class PageAsOfQuery extends createZodDto(PageQuery.schema.extend({ as_of: asOf })) {}
