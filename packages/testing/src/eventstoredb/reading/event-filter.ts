import type { LogRecord } from '../log/record.ts';

export type EventFilter = (record: LogRecord) => boolean;

export const everything: EventFilter = () => true;

/** By a regular expression when there is one, else by prefixes. */
export const filterBy = (
  part: 'stream' | 'type',
  { regex, prefixes }: { readonly regex: string; readonly prefixes: readonly string[] },
): EventFilter => {
  if (regex === '') return (record) => prefixes.some((prefix) => record[part].startsWith(prefix));
  const expression = new RegExp(regex);
  return (record) => expression.test(record[part]);
};
