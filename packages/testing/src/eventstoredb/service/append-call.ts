import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { appendSize, type ProposedEvent } from '../log/record.ts';
import { expected } from '../writing/expected-revision.ts';
import { shared, streams } from './definitions.ts';
import { expectedRevision, proposedEvent, streamName } from './messages.ts';
import { rejectionOf } from './rejection-of.ts';
import { isStatus, rpcErrors } from './rpc-errors.ts';
import type { Session } from './session.ts';
import type { WriteAnswer } from './storage-gate.ts';

/** One append per call. The client uses this for an append with its own credentials. */
export const appendCall =
  (session: Session) =>
  (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>): void => {
    append(session, call).then(
      (response) => answer(null, response),
      (error: unknown) => {
        // Any other error ends the connection.
        if (isStatus(error)) answer(error);
      },
    );
  };

const append = async (
  session: Session,
  call: ServerReadableStream<AppendReq, AppendResp>,
): Promise<AppendResp> => {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  let size = 0;
  // A status can be sent only over a call that has not been destroyed.
  const requests: AsyncIterable<AppendReq> = call.iterator({ destroyOnReturn: false });
  for await (const request of requests) {
    if (options === undefined) {
      options = request.getOptions();
      const rejection = rejectionOf(session, call.metadata, streamName(options?.getStreamIdentifier()));
      if (rejection) throw rejection;
      continue;
    }
    const message = request.getProposedMessage();
    const event = message && proposedEvent(message);
    if (typeof event !== 'object') throw rpcErrors.requiredMetadataPropertyMissing(event ?? 'type');
    const whole = appendSize(event, 'everything');
    if (whole > session.maxAppendEventSize) {
      throw rpcErrors.maximumAppendEventSizeExceeded(event.id, whole, session.maxAppendEventSize);
    }
    size += appendSize(event, session.appendSizeCounts);
    if (size > session.maxAppendSize) throw rpcErrors.maximumAppendSizeExceeded(session.maxAppendSize);
    events.push(event);
  }
  if (options === undefined) throw rpcErrors.invalidArgument('An append begins with its options.');
  const stream = streamName(options.getStreamIdentifier());
  const revision = expectedRevision(options);
  const outcome = await new Promise<WriteAnswer>((answer) => {
    session.gate.write(() => session.writer.append(stream, revision, events), answer);
  });
  return response(outcome, stream, revision);
};

const response = (outcome: WriteAnswer, stream: string, demanded: number): AppendResp => {
  switch (outcome.kind) {
    case 'timeout':
      throw rpcErrors.timeout();
    case 'stream_deleted':
      throw rpcErrors.streamDeleted(stream);
    case 'wrong_expected_version':
      return new streams.AppendResp().setWrongExpectedVersion(conflict(outcome.current, demanded));
    case 'written': {
      const success = new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision));
      const position = String(outcome.position);
      if (outcome.position < 0) success.setNoPosition(new shared.Empty());
      else
        success.setPosition(
          new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position),
        );
      return new streams.AppendResp().setSuccess(success);
    }
  }
};

const conflict = (current: number, demanded: number): AppendResp.WrongExpectedVersion => {
  const conflict = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0) conflict.setCurrentNoStream(new shared.Empty());
  else conflict.setCurrentRevision(String(current));
  if (demanded === expected.any) return conflict.setExpectedAny(new shared.Empty());
  if (demanded === expected.noStream) return conflict.setExpectedNoStream(new shared.Empty());
  if (demanded === expected.streamExists) return conflict.setExpectedStreamExists(new shared.Empty());
  return conflict.setExpectedRevision(String(demanded));
};
