import protobuf from 'protobufjs/minimal.js';
import type { Position } from '../port.ts';
import type { CallArguments } from './client-parts.ts';
import { type ReadReq, type StreamsClient, streamsService } from './protocol.ts';

/** An event as the server sends it. Its bytes are valid for as long as it is. */
export interface SentEvent {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly revision: number;
  readonly position: Position;
  readonly isJson: boolean;
  /** In units of 100 ns since 1970. */
  readonly created: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

/** One message of a read or of a subscription. */
export interface ReadAnswer {
  /** Undefined: the message says something else. */
  readonly event: SentEvent | undefined;
  /** Everything up to here was considered. Undefined: the message is not a checkpoint. */
  readonly checkpoint: Position | undefined;
  /** A subscription has begun. */
  readonly isConfirmation: boolean;
  readonly isStreamNotFound: boolean;
}

const { path, requestSerialize } = streamsService.StreamsService.read;

/**
 * Starts a read or a subscription. The messages are decoded here, field by field, because the client's own decoder takes longer for an event
 * than everything else that reading one costs.
 */
export const startRead = (streams: StreamsClient, request: ReadReq, ...settings: CallArguments) =>
  streams.makeServerStreamRequest(path, requestSerialize, decodeReadAnswer, request, ...settings);

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };
type Reader = protobuf.Reader;

/** The numbers of the fields are those of `streams.proto` and `shared.proto`. Unknown fields are skipped. */
export const decodeReadAnswer = (message: Uint8Array): ReadAnswer => {
  const answer: Changing<ReadAnswer> = {
    event: undefined,
    checkpoint: undefined,
    isConfirmation: false,
    isStreamNotFound: false,
  };
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case 1:
        answer.event = readEvent(reader);
        break;
      case 3:
        answer.checkpoint = readCheckpoint(reader);
        break;
      case 2:
        answer.isConfirmation = true;
        reader.skipType(tag & 7);
        break;
      case 4:
        answer.isStreamNotFound = true;
        reader.skipType(tag & 7);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return answer;
};

/** Of an event and the link that led to it, the event. */
const readEvent = (reader: Reader): SentEvent | undefined => {
  let event: SentEvent | undefined;
  for (const end = endOf(reader); reader.pos < end; ) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) event = readRecordedEvent(reader);
    else reader.skipType(tag & 7);
  }
  return event;
};

const nothing = new Uint8Array();

const readRecordedEvent = (reader: Reader): SentEvent => {
  const event: Changing<SentEvent> = {
    id: '',
    stream: '',
    type: '',
    revision: 0,
    position: 0n,
    isJson: false,
    created: '',
    data: nothing,
    metadata: nothing,
  };
  for (const end = endOf(reader); reader.pos < end; ) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case 1:
        event.id = readText(reader, 2);
        break;
      case 2:
        event.stream = readText(reader, 3);
        break;
      case 3:
        event.revision = readNumber(reader);
        break;
      case 5:
        event.position = readPosition(reader);
        break;
      case 6:
        readProperty(reader, event);
        break;
      case 7:
        event.metadata = reader.bytes();
        break;
      case 8:
        event.data = reader.bytes();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return event;
};

/** One of the properties that the server keeps of an event: type, content type, time. */
const readProperty = (reader: Reader, event: Changing<SentEvent>): void => {
  let name = '';
  let value = '';
  for (const end = endOf(reader); reader.pos < end; ) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) name = reader.string();
    else if (tag >>> 3 === 2) value = reader.string();
    else reader.skipType(tag & 7);
  }
  if (name === 'type') event.type = value;
  else if (name === 'content-type') event.isJson = value === 'application/json';
  else if (name === 'created') event.created = value;
};

const readCheckpoint = (reader: Reader): Position => {
  let position = 0n;
  for (const end = endOf(reader); reader.pos < end; ) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) position = readPosition(reader);
    else reader.skipType(tag & 7);
  }
  return position;
};

/** The text in a field of a nested message. */
const readText = (reader: Reader, field: number): string => {
  let text = '';
  for (const end = endOf(reader); reader.pos < end; ) {
    const tag = reader.uint32();
    if (tag >>> 3 === field) text = reader.string();
    else reader.skipType(tag & 7);
  }
  return text;
};

const endOf = (reader: Reader): number => {
  const length = reader.uint32();
  return reader.pos + length;
};

/** Exact up to 2^53. A tombstone has a larger revision. */
const readNumber = (reader: Reader): number => {
  const { high, low } = reader.uint64();
  return (high >>> 0) * 2 ** 32 + (low >>> 0);
};

const readPosition = (reader: Reader): Position => {
  const { high, low } = reader.uint64();
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
};
