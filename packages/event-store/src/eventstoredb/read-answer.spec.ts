import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nothing, sharedMessages, streamIdentifier, streamsMessages } from './protocol.ts';
import { decodeReadAnswer } from './read-answer.ts';

const { ReadResp } = streamsMessages;
const { ReadEvent } = ReadResp;

const other = { event: undefined, checkpoint: undefined, isConfirmation: false, isStreamNotFound: false };

/** An event as the server sends it, by the client's own definitions. */
const recorded = (properties: Readonly<Record<string, string>>) => {
  const event = new ReadEvent.RecordedEvent()
    .setId(new sharedMessages.UUID().setString('0b5ea4b5-4b3c-4a4f-8a0a-43f5a3f0f5f1'))
    .setStreamIdentifier(streamIdentifier('größe-1'))
    .setStreamRevision('7')
    .setPreparePosition('18014398509481985')
    .setCommitPosition('18014398509481985')
    .setData(new TextEncoder().encode('{"a":"ü"}'))
    .setCustomMetadata(new TextEncoder().encode('{"b":1}'));
  for (const [name, value] of Object.entries(properties)) event.getMetadataMap().set(name, value);
  return event;
};

const properties = { type: 'Größe', 'content-type': 'application/json', created: '17722560000000000' };

describe('a message of a read', () => {
  test('is decoded as the client decodes it', () => {
    const link = recorded({ ...properties, type: '$>' }).setStreamRevision('1');
    const message = new ReadResp().setEvent(
      new ReadEvent().setEvent(recorded(properties)).setLink(link).setCommitPosition('3'),
    );
    const { event, ...rest } = decodeReadAnswer(message.serializeBinary());
    expect(rest).toEqual({ checkpoint: undefined, isConfirmation: false, isStreamNotFound: false });
    expect(event).toMatchObject({
      id: '0b5ea4b5-4b3c-4a4f-8a0a-43f5a3f0f5f1',
      stream: 'größe-1',
      type: 'Größe',
      revision: 7,
      position: 18014398509481985n,
      isJson: true,
      created: '17722560000000000',
    });
    expect(Buffer.from(event?.data ?? []).toString()).toBe('{"a":"ü"}');
    expect(Buffer.from(event?.metadata ?? []).toString()).toBe('{"b":1}');
  });

  test('may be an event without content, with the largest numbers and with properties that are not known here', () => {
    const event = recorded({ ...properties, 'content-type': 'application/octet-stream', more: 'x' })
      .setData('')
      .setCustomMetadata('')
      .setStreamRevision('9223372036854775807')
      .setCommitPosition('18446744073709551615');
    const message = new ReadResp().setEvent(new ReadEvent().setEvent(event).setNoPosition(nothing()));
    const decoded = decodeReadAnswer(message.serializeBinary()).event;
    expect(decoded).toMatchObject({ position: 18446744073709551615n, revision: 2 ** 63, isJson: false });
    expect(decoded?.data).toHaveLength(0);
    expect(decoded?.metadata).toHaveLength(0);
  });

  test.each([
    [
      'a checkpoint',
      new ReadResp().setCheckpoint(
        new ReadResp.Checkpoint().setCommitPosition('9223372036854775808').setPreparePosition('1'),
      ),
      { ...other, checkpoint: 9223372036854775808n },
    ],
    [
      'a checkpoint at the beginning of the log',
      new ReadResp().setCheckpoint(new ReadResp.Checkpoint()),
      { ...other, checkpoint: 0n },
    ],
    [
      'a confirmation',
      new ReadResp().setConfirmation(new ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID())),
      { ...other, isConfirmation: true },
    ],
    [
      'the absence of a stream',
      new ReadResp().setStreamNotFound(
        new ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier('a-1')),
      ),
      { ...other, isStreamNotFound: true },
    ],
    ['the end of what was there', new ReadResp().setCaughtUp(new ReadResp.CaughtUp()), other],
    ['the last revision of a stream', new ReadResp().setLastStreamPosition('12'), other],
    [
      'the last position of the log',
      new ReadResp().setLastAllStreamPosition(
        new sharedMessages.AllStreamPosition().setCommitPosition('5').setPreparePosition('5'),
      ),
      other,
    ],
  ])('may be %s', (_, message, expected) => {
    expect(decodeReadAnswer(message.serializeBinary())).toEqual(expected);
  });
});
