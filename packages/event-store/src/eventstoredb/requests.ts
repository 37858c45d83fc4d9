import type { EventFilter, Position } from '../port.ts';
import { nothing, type ReadReq, streamIdentifier, streamsMessages } from './protocol.ts';

export type Direction = 'forwards' | 'backwards';

/** Streams that the adapter keeps for itself. */
export const ownStreams = { incarnation: 'log_incarnation', probe: 'append_probe' } as const;

/** What a server can filter by: streams or types, never both. */
export type ServerFilter =
  | { readonly streamPrefixes: readonly string[] }
  | { readonly typePrefixes: readonly string[] }
  | { readonly streamPattern: string };

/** Everything a consumer may see, and tombstones. */
export const consumersStreams: ServerFilter = {
  streamPattern: `^(?!\\$|(?:${Object.values(ownStreams).join('|')})$)`,
};

const consumersStreamsAndMetadata: ServerFilter = {
  streamPattern: `^(?:\\$\\$|(?!\\$|(?:${Object.values(ownStreams).join('|')})$))`,
};

const hidingTypes = ['$metadata', '$streamDeleted'];

/** Events that hide other events: stream metadata and tombstones. */
export const hidingEvents: ServerFilter = { typePrefixes: hidingTypes };

/**
 * A server filter that passes at least what the port's filter passes; undefined when nothing can pass. Types pass less than a prefix that
 * ends before a category does, such as the prefix of an installation.
 */
export const serverFilterFor = ({ streamPrefixes, types }: EventFilter): ServerFilter | undefined => {
  if (streamPrefixes?.length === 0 || types?.length === 0) return undefined;
  const withinCategories = streamPrefixes?.every((prefix) => prefix.includes('-')) ?? false;
  if (types !== undefined && !withinCategories) return { typePrefixes: types };
  if (streamPrefixes !== undefined && !streamPrefixes.includes('')) return { streamPrefixes };
  return consumersStreams;
};

const { Options } = streamsMessages.ReadReq;

const readRequest = (direction: Direction): { request: ReadReq; options: ReadReq.Options } => {
  const uuids = new Options.UUIDOption();
  uuids.setString(nothing());
  const options = new Options();
  options.setUuidOption(uuids);
  options.setResolveLinks(false);
  options.setReadDirection(direction === 'forwards' ? 0 : 1);
  return { request: new streamsMessages.ReadReq().setOptions(options), options };
};

export interface StreamRange {
  readonly stream: string;
  /** Inclusive. */
  readonly from: number | 'start' | 'end';
  readonly direction: Direction;
  readonly count: number;
}

export const streamRequest = ({ stream, from, direction, count }: StreamRange): ReadReq => {
  const { request, options } = readRequest(direction);
  const range = new Options.StreamOptions().setStreamIdentifier(streamIdentifier(stream));
  if (from === 'start') range.setStart(nothing());
  else if (from === 'end') range.setEnd(nothing());
  else range.setRevision(String(from));
  options.setStream(range);
  options.setNoFilter(nothing());
  options.setCount(String(count));
  return request;
};

/** The stream that a request reads; undefined when it reads the log. */
export const streamOf = (request: ReadReq): string | undefined => {
  const name = request.getOptions()?.getStream()?.getStreamIdentifier()?.getStreamName_asU8();
  return name && new TextDecoder().decode(name);
};

const metadataPrefix = '$$';

export const metadataStreamOf = (stream: string): string => `${metadataPrefix}${stream}`;

/** The stream whose metadata the stream holds, or the stream itself. */
export const originalOf = (stream: string): string =>
  stream.startsWith(metadataPrefix) ? stream.slice(metadataPrefix.length) : stream;

export interface LogRange {
  /** Inclusive forwards, exclusive backwards, as the server defines it. */
  readonly from: Position | 'start' | 'end';
  readonly direction: Direction;
  readonly count: number;
  readonly filter?: ServerFilter;
}

export const logRequest = ({ from, direction, count, filter }: LogRange): ReadReq => {
  const { request, options } = readRequest(direction);
  const range = new Options.AllOptions();
  if (from === 'start') range.setStart(nothing());
  else if (from === 'end') range.setEnd(nothing());
  else range.setPosition(positionMessage(from));
  options.setAll(range);
  setFilter(options, filter);
  options.setCount(String(count));
  return request;
};

/**
 * A subscription after a position that passes at least what the filter passes, and the events that hide others. `step`: how many events
 * of the log the server considers between two checkpoints.
 */
export const tailRequest = (after: Position | 'start', filter: EventFilter, step: number): ReadReq => {
  const { request, options } = readRequest('forwards');
  const range = new Options.AllOptions();
  if (after === 'start') range.setStart(nothing());
  else range.setPosition(positionMessage(after));
  options.setAll(range);
  setFilter(options, tailFilterFor(filter), step);
  options.setSubscription(new Options.SubscriptionOptions());
  return request;
};

const tailFilterFor = ({ types, streamPrefixes }: EventFilter): ServerFilter => {
  if (types !== undefined) return { typePrefixes: [...types, ...hidingTypes] };
  // A stream's metadata is in a stream whose name has `$$` before it, its tombstone in the stream itself.
  if (streamPrefixes !== undefined && !streamPrefixes.includes(''))
    return { streamPrefixes: [...streamPrefixes, ...streamPrefixes.map((prefix) => `$$${prefix}`)] };
  return consumersStreamsAndMetadata;
};

/** `window`: how many events the server considers at a time, and between two checkpoints. */
const setFilter = (options: ReadReq.Options, filter: ServerFilter | undefined, window?: number): void => {
  if (filter === undefined) {
    options.setNoFilter(nothing());
    return;
  }
  const expression = new Options.FilterOptions.Expression();
  const filtering = new Options.FilterOptions();
  if ('typePrefixes' in filter) {
    filtering.setEventType(expression.setPrefixList([...filter.typePrefixes]));
  } else if ('streamPrefixes' in filter) {
    filtering.setStreamIdentifier(expression.setPrefixList([...filter.streamPrefixes]));
  } else {
    filtering.setStreamIdentifier(expression.setRegex(filter.streamPattern));
  }
  if (window === undefined) filtering.setCount(nothing());
  else filtering.setMax(window);
  filtering.setCheckpointintervalmultiplier(1);
  options.setFilter(filtering);
};

/** An event written in one phase, as all current clients do, has one position: commit and prepare are the same. */
const positionMessage = (position: Position) =>
  new Options.Position().setCommitPosition(String(position)).setPreparePosition(String(position));
