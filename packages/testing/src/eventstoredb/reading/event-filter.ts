import type { LogRecord } from '../log/record.ts';

export type EventFilter = (record: LogRecord) => boolean;

export const everything: EventFilter = () => true;

/** Filters by a regular expression if there is one, otherwise by prefixes. */
export const filterBy = (
  part: 'stream' | 'type',
  { regex, prefixes }: { readonly regex: string; readonly prefixes: readonly string[] },
): EventFilter => {
  if (regex === '') return (record) => prefixes.some((prefix) => record[part].startsWith(prefix));
  const expression = new RegExp(regex);
  return (record) => expression.test(record[part]);
};
