import type {
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { handleUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { streams } from './definitions.ts';
import { expectedRevision, streamName } from './messages.ts';
import { rejectionOf } from './rejection-of.ts';
import { rpcErrors } from './rpc-errors.ts';
import type { Session } from './session.ts';
import type { WriteAnswer } from './storage-gate.ts';

/** Responds with the position, or with the reason why the stream was not deleted. */
const tell = <Response>(
  outcome: WriteAnswer,
  { stream, demanded }: { stream: string; demanded: number },
  answer: sendUnaryData<Response>,
  success: (position: string) => Response,
): void => {
  if (outcome.kind === 'written') answer(null, success(String(outcome.position)));
  else if (outcome.kind === 'timeout') answer(rpcErrors.timeout());
  else if (outcome.kind === 'stream_deleted') answer(rpcErrors.streamDeleted(stream));
  else answer(rpcErrors.wrongExpectedVersion('Delete', stream, demanded, outcome.current));
};

export const deleteCall =
  (session: Session): handleUnaryCall<DeleteReq, DeleteResp> =>
  ({ request, metadata }, answer) => {
    const options = request.getOptions();
    const stream = streamName(options?.getStreamIdentifier());
    const rejection = rejectionOf(session, metadata, stream);
    if (rejection || !options) return answer(rejection ?? rpcErrors.invalidArgument('No options.'));
    const demanded = expectedRevision(options);
    session.gate.write(
      () => session.writer.delete(stream, demanded),
      (outcome) =>
        tell(outcome, { stream, demanded }, answer, (position) =>
          new streams.DeleteResp().setPosition(
            new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position),
          ),
        ),
    );
  };

export const tombstoneCall =
  (session: Session): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  ({ request, metadata }, answer) => {
    const options = request.getOptions();
    const stream = streamName(options?.getStreamIdentifier());
    const rejection = rejectionOf(session, metadata, stream);
    if (rejection || !options) return answer(rejection ?? rpcErrors.invalidArgument('No options.'));
    const demanded = expectedRevision(options);
    session.gate.write(
      () => session.writer.tombstone(stream, demanded),
      (outcome) =>
        tell(outcome, { stream, demanded }, answer, (position) =>
          new streams.TombstoneResp().setPosition(
            new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position),
          ),
        ),
    );
  };
