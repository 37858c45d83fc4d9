import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import { at, type LogPosition, nowhere, parsePosition } from '../log/log-position.ts';
import { type EventFilter, everything, filterBy } from '../reading/event-filter.ts';
import type { ReadAllDemand } from '../reading/read-all.ts';
import type { ReadStreamDemand } from '../reading/read-stream.ts';
import type { SubscribeToAllDemand } from '../subscriptions/subscribe-to-all.ts';
import type { SubscribeToStreamDemand } from '../subscriptions/subscribe-to-stream.ts';
import { streamName } from './messages.ts';
import { rpcErrors } from './rpc-errors.ts';

/** What a read request asks for, and the stream that it needs access to. */
export type ReadDemand = { readonly stream: string } & (
  | ({ readonly kind: 'read_all' } & ReadAllDemand)
  | ({ readonly kind: 'read_stream' } & ReadStreamDemand)
  | ({ readonly kind: 'subscribe_to_all' } & SubscribeToAllDemand)
  | ({ readonly kind: 'subscribe_to_stream' } & SubscribeToStreamDemand)
);

/** The number of events that the server examines for one page of a filtered read, unless the client sets it. */
const defaultWindow = 32;

export const readDemand = (request: ReadReq): ReadDemand => {
  const options = request.getOptions();
  const stream = options?.getStream();
  const all = options?.getAll();
  const backwards = options?.getReadDirection() === 1;
  const count = Number(options?.getCount());
  if (stream && options) {
    const name = streamName(stream.getStreamIdentifier());
    if (options.hasSubscription()) {
      const from = stream.hasEnd() ? 'end' : stream.hasStart() ? -1 : Number(stream.getRevision());
      return { kind: 'subscribe_to_stream', stream: name, from };
    }
    const end = Number.POSITIVE_INFINITY;
    const from = stream.hasEnd() ? end : stream.hasStart() ? 0 : Number(stream.getRevision());
    return { kind: 'read_stream', stream: name, from, backwards, count };
  }
  if (!all || !options) throw rpcErrors.invalidArgument('Neither a stream nor all.');

  const filterOptions = options.getFilter();
  const window = filterOptions?.hasMax() ? filterOptions.getMax() : defaultWindow;
  const filter = eventFilter(filterOptions);
  const requested = all.getPosition();
  const position = requested && positionOf(requested);
  if (options.hasSubscription()) {
    const from = all.hasEnd() || position?.commit === -1 ? 'end' : (position ?? 'start');
    const interval = filterOptions && filterOptions.getCheckpointintervalmultiplier() * window;
    return {
      kind: 'subscribe_to_all',
      stream: '$all',
      from,
      filter,
      window: filterOptions ? window : Number.POSITIVE_INFINITY,
      ...(interval !== undefined && { checkpointInterval: interval }),
    };
  }
  return {
    kind: 'read_all',
    stream: '$all',
    from: all.hasEnd() ? nowhere : (position ?? at(0)),
    backwards,
    count,
    window: filterOptions ? window : Number.POSITIVE_INFINITY,
    filter,
  };
};

const positionOf = (position: ReadReq.Options.Position): LogPosition => ({
  commit: parsePosition(position.getCommitPosition()),
  prepare: parsePosition(position.getPreparePosition()),
});

const eventFilter = (options: ReadReq.Options.FilterOptions | undefined): EventFilter => {
  const byStream = options?.getStreamIdentifier();
  const expression = byStream ?? options?.getEventType();
  if (!expression) return everything;
  return filterBy(byStream ? 'stream' : 'type', {
    regex: expression.getRegex(),
    prefixes: expression.getPrefixList(),
  });
};
