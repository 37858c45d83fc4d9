import { type HashText, hashOfText, type LeafEvent, leafHashOf, textOfLeaf } from '@mission-control/merkle';

/** An event as it is in a line of an export. */
export interface ExportedEvent extends Omit<LeafEvent, 'metadata'> {
  /** Of the log, with its name in front: <incarnation>:<position>. */
  readonly position: string;
  readonly source: string;
  readonly hash: HashText;
}

interface CloudEvent {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly subject: string;
  readonly revision: number;
  readonly position: string;
  readonly metadata: string;
  readonly data: unknown;
}

const dataMember = ',"data":';

/**
 * Reads a line as the system has written it: the hash is that of the text, which is canonical. `data` is undefined unless the stream is one of
 * those whose content is needed.
 *
 * @throws NotExported
 */
export const parseAsWritten = (
  line: string,
  isNeeded: (event: Pick<LeafEvent, 'stream' | 'type'>) => boolean,
): ExportedEvent => {
  // In a string, the quotes would be escaped.
  const at = line.indexOf(dataMember);
  if (at < 0 || !line.endsWith('}')) throw new NotExported('it is not an event of an export');
  const head = cloudEventIn(`${line.slice(0, at)}}`);
  // The leaf covers the metadata, so it is enough that they say so.
  if (!head.metadata.includes(`"occurredAt":${JSON.stringify(head.time)}`)) throw otherTime();
  const data = line.slice(at + dataMember.length, -1);
  const event = eventOf(head);
  return {
    ...event,
    data: isNeeded(event) ? jsonIn(data) : undefined,
    hash: hashOfText(textOfLeaf(event, data, head.metadata)),
  };
};

/**
 * Reads a line, however it is written.
 *
 * @throws NotExported when it is not an event of an export, or says the same thing twice and differently
 */
export const parseExported = (line: string): ExportedEvent => {
  const head = cloudEventIn(line);
  const metadata = jsonIn(head.metadata);
  if ((metadata as { occurredAt?: unknown } | null)?.occurredAt !== head.time) throw otherTime();
  const event = { ...eventOf(head), data: head.data };
  return { ...event, hash: leafHashOf({ ...event, metadata }) };
};

/** `recordedat` and `position` are not covered by the leaf. */
const eventOf = ({ id, source, type, subject, revision, position }: CloudEvent) => ({
  ...{ stream: subject, revision, id, type },
  ...{ position, source },
});

const cloudEventIn = (line: string): CloudEvent => {
  const value = jsonIn(line) as CloudEvent | null;
  if (typeof value !== 'object' || value === null || !isCloudEvent(value))
    throw new NotExported('it is not an event of an export');
  return value;
};

const isCloudEvent = (value: { readonly [member in keyof CloudEvent]: unknown }): boolean =>
  value.specversion === '1.0' &&
  typeof value.id === 'string' &&
  typeof value.source === 'string' &&
  typeof value.type === 'string' &&
  typeof value.time === 'string' &&
  typeof value.subject === 'string' &&
  typeof value.position === 'string' &&
  typeof value.metadata === 'string' &&
  Number.isSafeInteger(value.revision);

const otherTime = () => new NotExported('its time is not the one in its metadata');

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotExported('it is not JSON');
  }
};

export class NotExported extends Error {}
