import { describe, expect, it } from 'vitest';
import { deliveryReferenceSchema, laneName, laneOf, messagingNames } from './messaging.ts';

const gateway = '2f1b7a3e-7c41-4f0e-8a55-000000000000';

const { laneAnnouncement, laneConsumer, laneFilter, laneOfAnnouncement, laneOfSubject, laneSubject } =
  messagingNames('');

describe('lanes', () => {
  it('belong to one OpenClaw gateway; boards without one have a lane of their own', () => {
    expect(laneSubject(laneOf(gateway))).toBe(`deliveries.${gateway}.0`);
    expect(laneSubject(laneOf(null))).toBe('deliveries.none.0');
    expect(laneName(laneOf(null))).toBe('none');
    expect(laneConsumer(laneOf(null), 'owner')).toBe('notifier-none-owner');
  });

  it('can be parsed from their subjects, filters and announcements', () => {
    for (const lane of [laneOf(null), laneOf(gateway)]) {
      expect(laneOfSubject(laneSubject(lane))).toEqual(lane);
      expect(laneOfSubject(laneFilter(lane))).toEqual(lane);
      expect(laneOfAnnouncement(laneAnnouncement(lane))).toEqual(lane);
    }
    expect(laneOfSubject('deliveries.none.3')).toEqual(laneOf(null));
    for (const subject of ['deliveries.>', 'deliveries.none.x', 'other.none.1', 'deliveries.none.1.2']) {
      expect(laneOfSubject(subject)).toBeNull();
    }
    for (const subject of ['mission_control.lanes', 'mission_control.lanes.a.b', 'other.lanes.none']) {
      expect(laneOfAnnouncement(subject)).toBeNull();
    }
  });
});

describe('the names of an installation', () => {
  it('are those of earlier releases without a prefix', () => {
    const names = messagingNames('');
    expect([names.stream, names.subjects]).toEqual(['DELIVERIES', 'deliveries.>']);
    expect([names.laneAnnouncements, names.publisherActivity]).toEqual([
      'mission_control.lanes.*',
      'mission_control.publisher',
    ]);
  });

  it('all carry the prefix, in a token that belongs to no other installation', () => {
    const names = messagingNames('acme');
    expect([names.stream, names.subjects]).toEqual(['DELIVERIES_acme', 'deliveries_acme.>']);
    const lane = laneOf(gateway);
    expect(names.laneSubject(lane)).toBe(`deliveries_acme.${gateway}.0`);
    expect(names.laneConsumer(lane, 'owner')).toBe(`notifier_acme-${gateway}-owner`);
    expect(names.laneAnnouncement(lane)).toBe(`mission_control_acme.lanes.${gateway}`);
    expect(names.publisherActivity).toBe('mission_control_acme.publisher');
    expect(names.laneOfSubject(names.laneFilter(lane))).toEqual(lane);
    expect(names.laneOfAnnouncement(names.laneAnnouncement(lane))).toEqual(lane);
  });

  it('of one installation mean nothing to another', () => {
    const lane = laneOf(null);
    for (const [own, other] of [
      ['', 'acme'],
      ['acme', ''],
      ['acme', 'acme_test'],
    ] as const) {
      const names = messagingNames(other);
      expect(messagingNames(own).laneOfSubject(names.laneSubject(lane))).toBeNull();
      expect(messagingNames(own).laneOfAnnouncement(names.laneAnnouncement(lane))).toBeNull();
    }
  });
});

it('accepts references of older releases, without the agent and the time', () => {
  const older = {
    payloadId: gateway,
    boardId: gateway,
    webhookId: gateway,
    cause: { type: 'RedeliveryRequested', eventId: gateway, stream: 's', revision: 0, position: '1' },
  };
  expect(deliveryReferenceSchema.parse(older)).toEqual(older);
  const newer = { ...older, agentId: null, requestedAt: '2026-11-28T00:00:00.000Z' };
  expect(deliveryReferenceSchema.parse(newer)).toEqual(newer);
});
