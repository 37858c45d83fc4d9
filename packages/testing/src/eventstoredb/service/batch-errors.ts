import type { Code } from '@eventstore/db-client/generated/code_pb.js';
import type { WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb.js';
import type { Status } from '@eventstore/db-client/generated/status_pb.js';
import type { Message } from 'google-protobuf';
import { expected } from '../writing/expected-revision.ts';
import { any, codes, empty, rpc, shared } from './definitions.ts';
import { streamIdentifier } from './messages.ts';

const error = (name: string, code: Code, details: Message): Status => {
  const packed = new any.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${name}`);
  return new rpc.Status().setCode(code).setMessage(name).setDetails(packed);
};

/** What one append of a batch call is answered with instead of success. */
export const batchErrors = {
  accessDenied: () => error('AccessDenied', codes.Code.PERMISSION_DENIED, new shared.AccessDenied()),
  timeout: () => error('Timeout', codes.Code.DEADLINE_EXCEEDED, new shared.Timeout()),
  streamDeleted: (stream: string) =>
    error(
      'StreamDeleted',
      codes.Code.NOT_FOUND,
      new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)),
    ),
  maximumAppendSizeExceeded: (most: number) =>
    error(
      'MaximumAppendSizeExceeded',
      codes.Code.INVALID_ARGUMENT,
      new shared.MaximumAppendSizeExceeded().setMaxappendsize(most),
    ),
  badRequest: (message: string) =>
    error('BadRequest', codes.Code.INVALID_ARGUMENT, new shared.BadRequest().setMessage(message)),
  wrongExpectedVersion: (current: number, demanded: number) =>
    error('WrongExpectedVersion', codes.Code.ALREADY_EXISTS, conflict(current, demanded)),
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
