import {
  type DomainEvent,
  deliveryTypesExcept,
  isEvent,
  parseEvent,
  streams,
} from '@mission-control/contracts';
import { listArrivals, listCoalescedOf, type Payload } from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { arrivalEntryOf, coalescedEntryOf, deliveryEntryOf, type TimelineEntry } from './timeline-entry.ts';

/** What happened to a payload, joined from the read model and the event store. */
@Injectable()
export class PayloadTimeline {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
  ) {}

  /** In chronological order. */
  async of(payload: Payload): Promise<TimelineEntry[]> {
    const entries = await Promise.all([
      this.#arrivals(payload),
      this.#stored(payload),
      this.#deliveries(payload.id),
    ]);
    return entries.flat().sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  }

  async #arrivals(payload: Payload): Promise<TimelineEntry[]> {
    const arrivals = await listArrivals(this.reads.db, payload.id);
    return arrivals.map((arrival, index) => arrivalEntryOf(payload, arrival, index + 1));
  }

  /** The first arrival was stored when it was accepted: the event store's own time changes when the log is copied. */
  async #stored({ webhook_id, stream_revision }: Payload): Promise<TimelineEntry[]> {
    const recorded = await this.commands.store.readEvent(streams.payloads(webhook_id), stream_revision);
    if (recorded === 'gone') return [];
    return [{ at: parseEvent(recorded).metadata.occurredAt, what: 'stored', event_id: recorded.id }];
  }

  /** Its own deliveries, and those by which it is told together with others. */
  async #deliveries(payloadId: string): Promise<TimelineEntry[]> {
    const coalesced = await listCoalescedOf(this.reads.db, payloadId);
    const entries: TimelineEntry[] = [];
    for (const { webhook_id, revision } of coalesced) {
      const recorded = await this.commands.store.readEvent(streams.coalesced(webhook_id), revision);
      const event = recorded === 'gone' ? null : parseEvent(recorded);
      if (event && isEvent(event, 'PayloadsCoalesced')) entries.push(coalescedEntryOf(event));
    }
    for (const id of [payloadId, ...coalesced.map(({ coalesced_id }) => coalesced_id)]) {
      for await (const recorded of this.commands.store.readStream(streams.delivery(id))) {
        const event: DomainEvent = parseEvent(recorded);
        if (isEvent(event, ...deliveryTypesExcept('DeliveryCoalesced'))) entries.push(deliveryEntryOf(event));
      }
    }
    return entries;
  }
}
