import { faultIn } from '@mission-control/filters';
import { z } from 'zod';

/** CEL, checked. */
export const expression = z
  .string({ error: 'must be a string or null' })
  .trim()
  .superRefine((text, context) => {
    const found = faultIn(text);
    if (!found) return;
    const { line, column, fault } = found;
    context.addIssue({ code: 'custom', message: `at line ${line}, column ${column}: ${fault}` });
  });
