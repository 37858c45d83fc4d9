import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { textOrNull } from './texts.ts';

const outOfRange = { error: 'must be a whole number from 1 to 200' };
const noOffset = { error: 'must be a whole number, 0 or more' };

/** Which part of a list to return. */
export const pageQuery = {
  limit: z.coerce.number(outOfRange).int(outOfRange).min(1, outOfRange).max(200, outOfRange).default(50),
  offset: z.coerce
    .number(noOffset)
    .int(noOffset)
    .min(0, noOffset)
    .max(Number.MAX_SAFE_INTEGER, noOffset)
    .default(0),
  /** `next_cursor` of the previous page; `offset` then counts from there. */
  cursor: z.string().min(1).max(500).optional(),
};

export const queryFlag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((value) => value === 'true');

/** The format of every list. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    total: z.int().nullable(),
    limit: z.int(),
    offset: z.int(),
    next_cursor: textOrNull,
  });

export class Deleted extends createZodDto(z.object({ ok: z.literal(true) })) {}

export class PageQuery extends createZodDto(z.object(pageQuery)) {}
