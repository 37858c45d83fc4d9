import { z } from 'zod';
import { anyText, id, singleLine } from '../http/texts.ts';

export const longestSlug = 80;

/** The settings of a board. */
export const boardInput = {
  name: singleLine(200),
  slug: singleLine(longestSlug).regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
    error: 'must be lower-case letters and digits, with single hyphens between them',
  }),
  description: anyText(10_000),
  gateway_id: z.union([id, z.null()], { error: 'must be a UUID or null' }),
};
