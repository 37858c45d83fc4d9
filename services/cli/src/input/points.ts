import { InvalidArgumentError } from 'commander';
import { timeFrom } from './times.ts';

const position = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d{1,20}$/i;

/** A point in the log: a time, or a position as the API shows it. */
export const pointFrom = (text: string): string => {
  if (text.includes(':') && position.test(text)) return text.toLowerCase();
  try {
    return timeFrom(text);
  } catch {
    throw new InvalidArgumentError(
      'It must be an ISO-8601 date or time (2026-11-28T09:30:00Z), how long ago (2h), or a position of the log (<incarnation>:<number>).',
    );
  }
};
