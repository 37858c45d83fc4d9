import type { Session } from '../session.ts';
import { detailsOf } from './table.ts';
import { writeText } from './write.ts';

/** Prints the members of an answer below each other, those of its objects as well; or its JSON. */
export const printAnswer = async ({ context, json }: Session, text: string, ifEmpty = ''): Promise<void> => {
  if (text === '') return writeText(context, json || !ifEmpty ? '' : `${ifEmpty}\n`);
  await writeText(context, json ? `${text}\n` : detailsOf(rowsOf(JSON.parse(text) as object)));
};

const rowsOf = (value: object, prefix = ''): [string, unknown][] =>
  Object.entries(value).flatMap(([name, member]: [string, unknown]): [string, unknown][] =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? rowsOf(member, `${prefix}${name}.`)
      : [[`${prefix}${name}`, Array.isArray(member) ? JSON.stringify(member) : member]],
  );
