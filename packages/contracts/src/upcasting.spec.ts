import { describe, expect, it } from 'vitest';
import { parseEvent, UnknownEventType } from './domain-event.ts';
import { EventVersionTooNew, isStoredEncrypted, newestVersion, storedVersion, upcast } from './upcasting.ts';

const ladders = {
  Renamed: [
    (data: unknown) => ({ ...(data as object), second: true }),
    (data: unknown) => ({ ...(data as object), third: true }),
  ],
};

describe('upcasting', () => {
  it('converts the stored version to the newest, one version at a time', () => {
    expect(upcast('Renamed', 1, { a: 1 }, ladders)).toEqual({ a: 1, second: true, third: true });
    expect(upcast('Renamed', 2, { a: 1 }, ladders)).toEqual({ a: 1, third: true });
    expect(upcast('Renamed', 3, { a: 1 }, ladders)).toEqual({ a: 1 });
    expect(newestVersion('Renamed', ladders)).toBe(3);
  });

  it('an event is stored with the oldest version that allows its data', () => {
    const arrival = (enc: string | null) => storedVersion('WebhookPayloadReceived', { body: { enc } });
    expect([arrival(null), arrival('A256GCM')]).toEqual([1, 2]);
    const filtered = (reason: string) => storedVersion('DeliveryFiltered', { reason });
    expect([filtered('notify_when'), filtered('told_too_often')]).toEqual([1, 2]);
    expect(storedVersion('BoardCreated', {})).toBe(1);
    const stored = (enc: string | null) => isStoredEncrypted({ metadata: { schemaVersion: arrival(enc) } });
    expect([stored(null), stored('A256GCM')]).toEqual([false, true]);
  });

  it('rejects a version from a newer release', () => {
    expect(() => upcast('Renamed', 4, {}, ladders)).toThrow(EventVersionTooNew);
  });

  it('rejects a type from a newer release', () => {
    const metadata = {
      schemaVersion: 1,
      occurredAt: '2026-03-05T12:00:00Z',
      actor: { kind: 'service', id: 'x' },
      correlationId: 'c',
      causationId: null,
    };
    expect(() => parseEvent({ id: 'x', type: 'Unheard', data: {}, metadata })).toThrow(UnknownEventType);
  });
});
