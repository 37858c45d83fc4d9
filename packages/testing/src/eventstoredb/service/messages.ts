import type { StreamIdentifier } from '@eventstore/db-client/generated/shared_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type LogPosition, positionText } from '../log/log-position.ts';
import { type LogRecord, type ProposedEvent, revisionText } from '../log/record.ts';
import { expected } from '../writing/expected-revision.ts';
import { shared, streams } from './definitions.ts';

export const streamName = (identifier: StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();

export const streamIdentifier = (stream: string): StreamIdentifier =>
  new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

interface ProposedMessage {
  getId(): { getString(): string } | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

/** The event that either kind of append proposes, or the name of a required property that is missing. */
export const proposedEvent = (message: ProposedMessage): ProposedEvent | 'type' | 'content-type' => {
  const type = message.getMetadataMap().get('type');
  const contentType = message.getMetadataMap().get('content-type');
  if (type === undefined) return 'type';
  if (contentType === undefined) return 'content-type';
  return {
    // The server stores ids as 128 bits, so they are returned in lower case.
    id: message.getId()?.getString().toLowerCase() ?? '',
    type,
    isJson: contentType === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
};

interface ExpectedRevisionOption {
  hasAny(): boolean;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
  getRevision(): string;
}

export const expectedRevision = (options: ExpectedRevisionOption): number => {
  if (options.hasAny()) return expected.any;
  if (options.hasNoStream()) return expected.noStream;
  return options.hasStreamExists() ? expected.streamExists : Number(options.getRevision());
};

const recordedEvent = (record: LogRecord): ReadResp.ReadEvent.RecordedEvent => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(record.id))
    .setStreamIdentifier(streamIdentifier(record.stream))
    .setStreamRevision(revisionText(record.revision))
    .setCommitPosition(String(record.position))
    .setPreparePosition(String(record.position))
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event
    .getMetadataMap()
    .set('type', record.type)
    // Ticks of 100 ns.
    .set('created', `${record.created}0000`)
    .set('content-type', record.isJson ? 'application/json' : 'application/octet-stream');
  return event;
};

export const readAnswer = {
  event: (record: LogRecord): ReadResp =>
    new streams.ReadResp().setEvent(
      new streams.ReadResp.ReadEvent()
        .setEvent(recordedEvent(record))
        .setCommitPosition(String(record.position)),
    ),
  streamNotFound: (stream: string): ReadResp =>
    new streams.ReadResp().setStreamNotFound(
      new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(stream)),
    ),
  confirmation: (id: string): ReadResp =>
    new streams.ReadResp().setConfirmation(
      new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id),
    ),
  checkpoint: ({ commit, prepare }: LogPosition): ReadResp =>
    new streams.ReadResp().setCheckpoint(
      new streams.ReadResp.Checkpoint()
        .setCommitPosition(positionText(commit))
        .setPreparePosition(positionText(prepare)),
    ),
  caughtUp: (): ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()),
};
