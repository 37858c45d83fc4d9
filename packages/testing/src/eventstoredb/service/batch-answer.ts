import type { Code } from '@eventstore/db-client/generated/code_pb.js';
import type { UUID, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Message } from 'google-protobuf';
import { expected } from '../writing/expected-revision.ts';
import type { Written } from '../writing/outcome.ts';
import { any, codes, empty, rpc, shared, streams } from './definitions.ts';
import { streamIdentifier } from './messages.ts';
import type { WriteAnswer } from './storage-gate.ts';

export type BatchResult =
  | WriteAnswer
  | { readonly kind: 'access_denied' }
  | { readonly kind: 'too_large'; readonly most: number }
  | { readonly kind: 'bad_request'; readonly message: string };

export interface Answered {
  readonly correlation: UUID | undefined;
  readonly stream: string;
  readonly expectedRevision: number;
}

/** What one append of a call that many share is answered with. */
export const batchAnswer = (append: Answered, result: BatchResult): BatchAppendResp => {
  const answer = new streams.BatchAppendResp()
    .setCorrelationId(append.correlation)
    .setStreamIdentifier(streamIdentifier(append.stream));
  return result.kind === 'written'
    ? answer.setSuccess(success(result))
    : answer.setError(failure(append, result));
};

const success = ({ revision, position }: Written): BatchAppendResp.Success => {
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(revision));
  if (position < 0) return success.setNoPosition(new empty.Empty());
  const place = String(position);
  return success.setPosition(
    new shared.AllStreamPosition().setCommitPosition(place).setPreparePosition(place),
  );
};

const failure = ({ stream, expectedRevision }: Answered, result: Exclude<BatchResult, Written>): Status => {
  const { Code } = codes;
  switch (result.kind) {
    case 'access_denied':
      return status('AccessDenied', Code.PERMISSION_DENIED, new shared.AccessDenied());
    case 'timeout':
      return status('Timeout', Code.DEADLINE_EXCEEDED, new shared.Timeout());
    case 'stream_deleted':
      return status(
        'StreamDeleted',
        Code.NOT_FOUND,
        new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)),
      );
    case 'too_large':
      return status(
        'MaximumAppendSizeExceeded',
        Code.INVALID_ARGUMENT,
        new shared.MaximumAppendSizeExceeded().setMaxappendsize(result.most),
      );
    case 'bad_request':
      return status('BadRequest', Code.INVALID_ARGUMENT, new shared.BadRequest().setMessage(result.message));
    case 'wrong_expected_version':
      return status('WrongExpectedVersion', Code.ALREADY_EXISTS, conflict(result.current, expectedRevision));
  }
};

/** The client tells failures apart by the name of the packed message. */
const status = (name: string, code: Code, details: Message): Status => {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new rpc.Status().setCode(code).setMessage(name).setDetails(packed);
};

const conflict = (current: number, demanded: number): WrongExpectedVersion => {
  const conflict = new shared.WrongExpectedVersion();
  if (current < 0) conflict.setCurrentNoStream(new empty.Empty());
  else conflict.setCurrentStreamRevision(String(current));
  if (demanded === expected.any) return conflict.setExpectedAny(new empty.Empty());
  if (demanded === expected.noStream) return conflict.setExpectedNoStream(new empty.Empty());
  if (demanded === expected.streamExists) return conflict.setExpectedStreamExists(new empty.Empty());
  return conflict.setExpectedStreamPosition(String(demanded));
};
