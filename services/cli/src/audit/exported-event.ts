import { hashOfText, type LeafEvent, leafHashOf, textOfLeaf } from '@mission-control/merkle';

/** An event as it is in a line of an export. */
export interface ExportedEvent extends LeafEvent {
  /** Of the log, with its name in front: <incarnation>:<position>. */
  readonly position: string;
  readonly source: string;
  readonly hash: Buffer;
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
  const head = eventIn(`${line.slice(0, at)}}`);
  const data = line.slice(at + dataMember.length, -1);
  return {
    ...head.event,
    data: isNeeded(head.event) ? jsonIn(data) : undefined,
    ...{ position: head.position, source: head.source },
    hash: hashOfText(textOfLeaf(head.event, data, head.metadata)),
  };
};

/**
 * Reads a line, however it is written.
 *
 * @throws NotExported when it is not an event of an export, or says the same thing twice and differently
 */
export const parseExported = (line: string): ExportedEvent => {
  const { event, position, source } = eventIn(line);
  return { ...event, position, source, hash: leafHashOf(event) };
};

/** `recordedat` and `position` are not covered by the leaf. */
const eventIn = (text: string) => {
  const { specversion, id, source, type, time, subject, revision, position, metadata, data } =
    cloudEventIn(text);
  const texts = [id, source, type, time, subject, position, metadata];
  if (
    specversion !== '1.0' ||
    texts.some((one) => typeof one !== 'string') ||
    !Number.isSafeInteger(revision)
  )
    throw new NotExported('it is not an event of an export');
  const event = { stream: subject, revision, id, type, data, metadata: jsonIn(metadata) };
  if ((event.metadata as { occurredAt?: unknown } | null)?.occurredAt !== time)
    throw new NotExported('its time is not the one in its metadata');
  return { event, position, source, metadata };
};

const cloudEventIn = (line: string): CloudEvent => {
  const value = jsonIn(line);
  if (typeof value !== 'object' || value === null) throw new NotExported('it is not an event of an export');
  return value as CloudEvent;
};

const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotExported('it is not JSON');
  }
};

export class NotExported extends Error {}
