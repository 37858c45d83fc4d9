import {
  EventStoreAccessDenied,
  EventStoreFailed,
  EventStoreUnavailable,
  EventStoreUnsupported,
  EventTooLarge,
} from '../errors.ts';
import type { AppendConflict, AppendResult } from '../port.ts';
import { type BatchAppendResp, sharedMessages } from './protocol.ts';

/**
 * `not_now`: the server says that it did not try. `unknown`: it tried and says that it does not know the outcome. `failed`: it
 * returned an error that is not known here, so a person has to decide what to do.
 */
export type AppendAnswer =
  | { readonly kind: 'answered'; readonly result: AppendResult }
  | { readonly kind: 'not_now'; readonly error: EventStoreUnavailable }
  | { readonly kind: 'unknown'; readonly error: EventStoreUnavailable }
  | { readonly kind: 'rejected'; readonly error: Error }
  | { readonly kind: 'failed'; readonly error: EventStoreFailed };

/** Older servers do not return the position of a repeat. */
export const unknownPosition = -1n;

/**
 * The server's answer to one append. Its error types are in the server's `shared.proto`. `MaximumAppendEventSizeExceeded` was
 * added in KurrentDB 25; the client does not have it.
 */
export const answerOf = (response: BatchAppendResp): AppendAnswer => {
  const success = response.getSuccess();
  if (success !== undefined) {
    const position = BigInt.asIntN(64, BigInt(success.getPosition()?.getCommitPosition() ?? -1));
    return {
      kind: 'answered',
      result: { ok: true, revision: Number(success.getCurrentRevision()), position },
    };
  }
  const status = response.getError();
  const details = status?.getDetails();
  const serverMessage = status?.getMessage() ?? '';
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion':
      return { kind: 'answered', result: conflictOf(details.getValue_asU8()) };
    case 'event_store.client.StreamDeleted':
      return { kind: 'answered', result: { ok: false, reason: 'stream_deleted' } };
    case 'event_store.client.AccessDenied':
      return rejected(
        new EventStoreAccessDenied('EventStoreDB denied the append: the user may not write to the stream'),
      );
    case 'event_store.client.MaximumAppendSizeExceeded': {
      const { deserializeBinary } = sharedMessages.MaximumAppendSizeExceeded;
      const most = deserializeBinary(details.getValue_asU8()).getMaxappendsize();
      return rejected(
        new EventTooLarge(`the append is larger than the ${most} bytes of the server's MaxAppendSize`, {
          serverSetting: 'MaxAppendSize',
        }),
      );
    }
    case 'event_store.client.MaximumAppendEventSizeExceeded':
      return rejected(
        new EventTooLarge("an event of the append is larger than the server's MaxAppendEventSize", {
          serverSetting: 'MaxAppendEventSize',
        }),
      );
    case 'event_store.client.BadRequest': {
      const why = sharedMessages.BadRequest.deserializeBinary(details.getValue_asU8()).getMessage();
      return rejected(
        new EventStoreUnsupported(`EventStoreDB rejected the append as invalid: ${why || serverMessage}`),
      );
    }
    case 'event_store.client.Timeout':
    case 'event_store.client.Unknown':
      return {
        kind: 'unknown',
        error: new EventStoreUnavailable(`EventStoreDB did not finish the append: ${serverMessage}`, true),
      };
    case 'google.protobuf.Empty':
      // With a code it is an internal error of the server and does not say whether the server tried.
      if (status?.getCode() === 0) {
        return {
          kind: 'not_now',
          error: new EventStoreUnavailable(`EventStoreDB is unavailable: ${serverMessage}`, false),
        };
      }
  }
  const type = details?.getTypeName() || `code ${status?.getCode()}`;
  return { kind: 'failed', error: new EventStoreFailed(type, serverMessage) };
};

const rejected = (error: Error): AppendAnswer => ({ kind: 'rejected', error });

const conflictOf = (details: Uint8Array): AppendConflict => {
  const conflict = sharedMessages.WrongExpectedVersion.deserializeBinary(details);
  const actual = conflict.hasCurrentStreamRevision()
    ? Number(conflict.getCurrentStreamRevision())
    : 'no_stream';
  return { ok: false, reason: 'wrong_expected_revision', actual };
};
