import { ApiError } from '@mission-control/runtime';
import type { PipeTransform } from '@nestjs/common';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';

/** Validates bodies and queries against their schemas, and reports all problems at once. */
export const ValidateInput: new () => PipeTransform = createZodValidationPipe({
  createValidationException: (error) =>
    error instanceof z.ZodError ? validationFailed(problemsIn(error)) : (error as Error),
});

export interface Problem {
  /** The path to the field, as `member.0.member`; empty: the whole input. */
  readonly field: string;
  readonly message: string;
}

export const validationFailed = (problems: readonly Problem[]): ApiError => {
  const errors = problems.map(({ field, message }) => ({ field: shortened(field), message }));
  return new ApiError(422, 'validation_failed', errors.map(sentence).join(' '), { extra: { errors } });
};

/** An unknown field is named by the caller, so its name may have any length. */
const shortened = (field: string): string =>
  field.length > longestField ? `${field.slice(0, longestField).toWellFormed()}…` : field;
const longestField = 100;

const sentence = ({ field, message }: Problem): string => `${field === '' ? 'The input' : field} ${message}.`;

export const problemsIn = (error: z.ZodError): Problem[] =>
  error.issues.flatMap((issue) => {
    const field = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field, message: messageOf(issue) }];
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: 'is an unknown field',
    }));
  });

/** Zod's own messages begin with a capital letter and name no field. Ours continue a sentence that begins with the field. */
const messageOf = (issue: z.core.$ZodIssue): string => {
  if (issue.path.length === 0 && issue.code === 'invalid_type') return 'must be a JSON object';
  if (issue.message.endsWith('received undefined')) return 'is missing';
  if (issue.code === 'invalid_type' && issue.expected === 'object') return 'must be an object';
  if (issue.code === 'invalid_value' && /^[A-Z]/.test(issue.message))
    return `must be one of ${issue.values.join(', ')}`;
  return /^[a-z]/.test(issue.message) ? issue.message : `is invalid: ${issue.message}`;
};
