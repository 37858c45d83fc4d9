import {
  EventStoreAccessDenied,
  EventStoreUnavailable,
  EventStoreUnsupported,
  EventTooLarge,
} from '../errors.ts';
import type { AppendConflict, AppendResult } from '../port.ts';
import { type BatchAppendResp, sharedMessages } from './protocol.ts';

/** `not_now`: the server says that it has not even tried. */
export type AppendAnswer =
  | { readonly kind: 'answered'; readonly result: AppendResult }
  | { readonly kind: 'not_now'; readonly error: EventStoreUnavailable }
  | { readonly kind: 'unknown'; readonly error: EventStoreUnavailable }
  | { readonly kind: 'refused'; readonly error: Error };

/** Older servers do not tell where the events of a repeat stand. */
export const unknownPosition = -1n;

/** What the server says of one append. Its kinds of errors: shared.proto of the client. */
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
  const said = status?.getMessage() ?? '';
  switch (details?.getTypeName()) {
    case 'event_store.client.WrongExpectedVersion':
      return { kind: 'answered', result: conflictOf(details.getValue_asU8()) };
    case 'event_store.client.StreamDeleted':
      return { kind: 'answered', result: { ok: false, reason: 'stream_deleted' } };
    case 'event_store.client.AccessDenied':
      return refused(
        new EventStoreAccessDenied('EventStoreDB refuses the append: the user may not write to the stream'),
      );
    case 'event_store.client.MaximumAppendSizeExceeded': {
      const { deserializeBinary } = sharedMessages.MaximumAppendSizeExceeded;
      const most = deserializeBinary(details.getValue_asU8()).getMaxappendsize();
      return refused(
        new EventTooLarge(`the append is larger than the ${most} bytes of the server's MaxAppendSize`),
      );
    }
    case 'event_store.client.BadRequest':
      return refused(new EventStoreUnsupported(`EventStoreDB does not understand the append: ${said}`));
    case 'google.protobuf.Empty':
      return {
        kind: 'not_now',
        error: new EventStoreUnavailable(`EventStoreDB is not able to serve: ${said}`, false),
      };
    default:
      return {
        kind: 'unknown',
        error: new EventStoreUnavailable(`EventStoreDB did not finish the append: ${said}`, true),
      };
  }
};

const refused = (error: Error): AppendAnswer => ({ kind: 'refused', error });

const conflictOf = (details: Uint8Array): AppendConflict => {
  const conflict = sharedMessages.WrongExpectedVersion.deserializeBinary(details);
  const actual = conflict.hasCurrentStreamRevision()
    ? Number(conflict.getCurrentStreamRevision())
    : 'no_stream';
  return { ok: false, reason: 'wrong_expected_revision', actual };
};
