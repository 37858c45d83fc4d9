import type { EncodedEvent } from '../encode.ts';
import type { ExpectedRevision } from '../port.ts';
import {
  type BatchAppendReq,
  nothing,
  sharedMessages,
  streamIdentifier,
  streamsMessages,
  type UUID,
} from './protocol.ts';

export interface AppendMessage {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

/** Bytes of content in one message of the protocol; an event is never split. */
const largestPart = 1024 * 1024;

/** The protocol messages of an append, all with the id that its answer will have. */
export function* appendMessages(
  id: string,
  { stream, expected, events }: AppendMessage,
): Generator<BatchAppendReq> {
  let part = new streamsMessages.BatchAppendReq().setOptions(optionsFor(stream, expected));
  let bytes = 0;
  for (const event of events) {
    if (bytes > 0 && bytes + event.bytes > largestPart) {
      yield part.setCorrelationId(uuid(id));
      part = new streamsMessages.BatchAppendReq();
      bytes = 0;
    }
    part.addProposedMessages(proposed(event));
    bytes += event.bytes;
  }
  yield part.setCorrelationId(uuid(id)).setIsFinal(true);
}

/** The server sets the deadline: it gives up on a write within seconds. */
const optionsFor = (stream: string, expected: ExpectedRevision): BatchAppendReq.Options => {
  const options = new streamsMessages.BatchAppendReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'any') options.setAny(nothing());
  else if (expected === 'no_stream') options.setNoStream(nothing());
  else options.setStreamPosition(String(expected));
  return options;
};

const proposed = (event: EncodedEvent): BatchAppendReq.ProposedMessage => {
  const message = new streamsMessages.BatchAppendReq.ProposedMessage();
  message.setId(uuid(event.id));
  message.getMetadataMap().set('type', event.type).set('content-type', 'application/json');
  message.setData(encoder.encode(event.data));
  message.setCustomMetadata(encoder.encode(event.metadata));
  return message;
};

const encoder = new TextEncoder();

const uuid = (id: string): UUID => new sharedMessages.UUID().setString(id);

/** Answers that the server creates itself have the id as two numbers; an echo has it as it was sent. */
export const uuidText = (id: UUID | undefined): string => {
  if (id?.hasStructured() !== true) return id?.getString() ?? '';
  const half = (bits: string | undefined): string =>
    BigInt.asUintN(64, BigInt(bits ?? 0))
      .toString(16)
      .padStart(16, '0');
  const halves = id.getStructured();
  const hex = half(halves?.getMostSignificantBits()) + half(halves?.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};
