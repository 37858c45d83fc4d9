import { expect, test } from 'vitest';
import { answerOf, unknownPosition } from './append-answer.ts';
import { uuidText } from './append-message.ts';
import { type BatchAppendResp, sharedMessages, streamsMessages } from './protocol.ts';

const success = (commit: string): BatchAppendResp => {
  const position = new sharedMessages.AllStreamPosition()
    .setCommitPosition(commit)
    .setPreparePosition(commit);
  const stored = new streamsMessages.BatchAppendResp.Success().setCurrentRevision('7').setPosition(position);
  return new streamsMessages.BatchAppendResp().setSuccess(stored);
};

test('the position is the commit position', () => {
  expect(answerOf(success('9007199254740993'))).toEqual({
    kind: 'answered',
    result: { ok: true, revision: 7, position: 9_007_199_254_740_993n },
  });
});

test('a repeat has an unknown position when an older server does not return it', () => {
  for (const response of [
    success('18446744073709551615'),
    new streamsMessages.BatchAppendResp().setSuccess(
      new streamsMessages.BatchAppendResp.Success().setCurrentRevision('7'),
    ),
  ]) {
    expect(answerOf(response)).toMatchObject({ result: { position: unknownPosition } });
  }
});

test('an id as two numbers equals the same id as text', () => {
  const halves = new sharedMessages.UUID.Structured()
    .setMostSignificantBits(String(BigInt.asIntN(64, 0xf81d4fae7dec11d0n)))
    .setLeastSignificantBits(String(BigInt.asIntN(64, 0xa76500a0c91e6bf6n)));
  const id = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
  expect(uuidText(new sharedMessages.UUID().setStructured(halves))).toBe(id);
  expect(uuidText(new sharedMessages.UUID().setString(id))).toBe(id);
});
