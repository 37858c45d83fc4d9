import type { UUID } from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { appendSize, type ProposedEvent } from '../log/record.ts';
import type { WriteOutcome } from '../writing/outcome.ts';
import { batchErrors } from './batch-errors.ts';
import { empty, shared, streams } from './definitions.ts';
import { expectedRevision, proposedEvent, streamIdentifier, streamName } from './messages.ts';
import { notLeader } from './refuse.ts';
import { isStatus } from './rpc-errors.ts';
import type { Session } from './session.ts';

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

interface PendingAppend {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: ProposedEvent[];
  size: number;
}

/** Many appends over one call, each answered by its correlation id; failures of one append are answers, not the end of the call. */
export const batchAppendCall =
  (session: Session) =>
  (call: BatchCall): void => {
    serve(session, call).catch((error: unknown) => {
      // Anything else is the end of the connection.
      if (isStatus(error)) call.emit('error', error);
    });
  };

const serve = async (session: Session, call: BatchCall): Promise<void> => {
  const refused = session.access.refuseCaller(call.metadata);
  if (refused) throw refused;
  const pending = new Map<string, PendingAppend>();
  // A status can be sent only over a call that is not destroyed.
  const requests: AsyncIterable<BatchAppendReq> = call.iterator({ destroyOnReturn: false });
  for await (const request of requests) {
    if (session.gate.opened) await session.gate.opened;
    const response = take(session, call, pending, request);
    if (response) call.write(response);
  }
  call.end();
};

/** Undefined while the append is not complete. */
const take = (
  session: Session,
  call: BatchCall,
  pending: Map<string, PendingAppend>,
  request: BatchAppendReq,
): BatchAppendResp | undefined => {
  const correlation = request.getCorrelationId();
  const key = correlation?.getString() ?? '';
  const options = request.getOptions();
  if (options) {
    const stream = streamName(options.getStreamIdentifier());
    const fail = (error: Status): BatchAppendResp => failure(correlation, stream, error);
    if (!session.access.mayUse(stream, call.metadata)) return fail(batchErrors.accessDenied());
    const deadline = options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
    if (deadline <= Date.now()) return fail(batchErrors.timeout());
    pending.set(key, {
      stream,
      expectedRevision: expectedRevision({
        hasAny: () => options.hasAny(),
        hasNoStream: () => options.hasNoStream(),
        hasStreamExists: () => options.hasStreamExists(),
        getRevision: () => options.getStreamPosition(),
      }),
      events: [],
      size: 0,
    });
  }
  const append = pending.get(key);
  if (append === undefined) return undefined;

  for (const message of request.getProposedMessagesList()) {
    const event = proposedEvent(message);
    if (typeof event !== 'object') {
      pending.delete(key);
      return failure(correlation, append.stream, batchErrors.badRequest(`${event} is missing`));
    }
    append.size += appendSize(event);
    append.events.push(event);
  }
  if (append.size > session.maxAppendSize) {
    pending.delete(key);
    return failure(correlation, append.stream, batchErrors.maximumAppendSizeExceeded(session.maxAppendSize));
  }
  if (!request.getIsFinal()) return undefined;
  pending.delete(key);
  const elsewhere = notLeader(session, call.metadata);
  if (elsewhere) throw elsewhere;
  return answer(
    correlation,
    append,
    session.writer.append(append.stream, append.expectedRevision, append.events),
  );
};

const answer = (
  correlation: UUID | undefined,
  { stream, expectedRevision: demanded }: PendingAppend,
  outcome: WriteOutcome,
): BatchAppendResp => {
  switch (outcome.kind) {
    case 'stream_deleted':
      return failure(correlation, stream, batchErrors.streamDeleted(stream));
    case 'wrong_expected_version':
      return failure(correlation, stream, batchErrors.wrongExpectedVersion(outcome.current, demanded));
    case 'written': {
      const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision));
      const position = String(outcome.position);
      if (outcome.position < 0) success.setNoPosition(new empty.Empty());
      else
        success.setPosition(
          new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position),
        );
      return correlated(correlation, stream).setSuccess(success);
    }
  }
};

const correlated = (correlation: UUID | undefined, stream: string): BatchAppendResp =>
  new streams.BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(streamIdentifier(stream));

const failure = (correlation: UUID | undefined, stream: string, error: Status): BatchAppendResp =>
  correlated(correlation, stream).setError(error);
