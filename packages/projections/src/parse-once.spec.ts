import type { RecordedEvent } from '@mission-control/event-store';
import { expect, it } from 'vitest';
import { parseOnce } from './parse-once.ts';
import { noteEvent, notesStream } from './testing/notes.ts';

const recorded = (): RecordedEvent => ({
  ...noteEvent('a'),
  ...{ stream: notesStream, revision: 3, position: 7n, recordedAt: '2026-03-05T12:00:00.000Z' },
});

it('an event that two projections read is parsed once, and has the fields of its record', () => {
  const event = recorded();
  const first = parseOnce(event);
  // Under another name, as an installation with a prefix sees it.
  const second = parseOnce({ ...event, stream: 'other-stream' });
  expect(first).toEqual(event);
  expect(second).toEqual({ ...event, stream: 'other-stream' });
  expect(first.data).not.toBe(event.data);
  expect(second.data).toBe(first.data);
});

it('an event with the same data and other metadata is parsed again', () => {
  const event = recorded();
  const metadata = { ...(event.metadata as object), correlationId: 'other' };
  parseOnce(event);
  expect(parseOnce({ ...event, metadata } as RecordedEvent).metadata.correlationId).toBe('other');
});

it('an event that violates its schema is refused each time', () => {
  const broken = { ...recorded(), data: { content: 'no more' } };
  expect(() => parseOnce(broken)).toThrow('entryId');
  expect(() => parseOnce(broken)).toThrow('entryId');
});
