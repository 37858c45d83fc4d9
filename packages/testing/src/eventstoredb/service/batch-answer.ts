import type { Code } from '@eventstore/db-client/generated/code_pb.js';
import type { UUID, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Message } from 'google-protobuf';
import protobuf from 'google-protobuf';
import { expected } from '../writing/expected-revision.ts';
import type { Written } from '../writing/outcome.ts';
import { any, codes, empty, rpc, shared, streams } from './definitions.ts';
import { streamIdentifier } from './messages.ts';
import type { AppendFailure } from './session.ts';
import type { WriteAnswer } from './storage-gate.ts';

export type BatchResult =
  | WriteAnswer
  | { readonly kind: 'access_denied' }
  | { readonly kind: 'too_large'; readonly most: number }
  | { readonly kind: 'event_too_large'; readonly id: string; readonly size: number; readonly most: number }
  | ({ readonly kind: 'failure' } & AppendFailure)
  | { readonly kind: 'bad_request'; readonly message: string };

export interface Answered {
  readonly correlation: UUID | undefined;
  readonly stream: string;
  readonly expectedRevision: number;
}

/** The response to one append in a shared call. */
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
  const wirePosition = String(position);
  return success.setPosition(
    new shared.AllStreamPosition().setCommitPosition(wirePosition).setPreparePosition(wirePosition),
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
    case 'event_too_large':
      return status(
        'MaximumAppendEventSizeExceeded',
        Code.INVALID_ARGUMENT,
        maximumEventSizeExceeded(result),
      );
    case 'failure': {
      const answer = new rpc.Status().setCode(result.code).setMessage(result.message);
      return result.type === undefined ? answer : answer.setDetails(packed(result.type, result.details));
    }
    case 'bad_request':
      return status('BadRequest', Code.INVALID_ARGUMENT, new shared.BadRequest().setMessage(result.message));
    case 'wrong_expected_version':
      return status('WrongExpectedVersion', Code.ALREADY_EXISTS, conflict(result.current, expectedRevision));
  }
};

/** The client distinguishes failures by the name of the packed message. */
const status = (name: string, code: Code, details: Pick<Message, 'serializeBinary'>): Status =>
  new rpc.Status()
    .setCode(code)
    .setMessage(name)
    .setDetails(packed(`event_store.client.${name}`, new Uint8Array(details.serializeBinary())));

const packed = (type: string, details = new Uint8Array()) => {
  const packed = new any.Any();
  packed.pack(details, type);
  return packed;
};

/** The client lacks this message: `string eventId = 1; uint32 proposedEventSize = 2; uint32 maxAppendEventSize = 3`. */
const maximumEventSizeExceeded = ({ id, size, most }: { id: string; size: number; most: number }) => ({
  serializeBinary: () => {
    const writer = new protobuf.BinaryWriter();
    writer.writeString(1, id);
    writer.writeUint32(2, size);
    writer.writeUint32(3, most);
    return new Uint8Array(writer.getResultBuffer());
  },
});

const conflict = (current: number, demanded: number): WrongExpectedVersion => {
  const conflict = new shared.WrongExpectedVersion();
  if (current < 0) conflict.setCurrentNoStream(new empty.Empty());
  else conflict.setCurrentStreamRevision(String(current));
  if (demanded === expected.any) return conflict.setExpectedAny(new empty.Empty());
  if (demanded === expected.noStream) return conflict.setExpectedNoStream(new empty.Empty());
  if (demanded === expected.streamExists) return conflict.setExpectedStreamExists(new empty.Empty());
  return conflict.setExpectedStreamPosition(String(demanded));
};
