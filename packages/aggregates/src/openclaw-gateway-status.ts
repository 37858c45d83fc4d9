import {
  asEvent,
  type EventContext,
  eventTypes,
  isEvent,
  type OpenclawGatewayStatusFact,
  openclawGatewayStatusesKept,
  parseEvent,
  streams,
} from '@mission-control/contracts';
import { decideOpenclawGatewayStatus } from '@mission-control/domain';
import { type EventStore, lastEvent, type Position } from '@mission-control/event-store';

/**
 * Records whether messages can be sent to an OpenClaw gateway, if that changed. If another process records at the same time, its fact
 * counts as the last one.
 *
 * @returns the position of the event; null: nothing changed, or the OpenClaw gateway is deleted
 */
export const recordOpenclawGatewayStatus = async (
  store: EventStore,
  found: OpenclawGatewayStatusFact,
  context: EventContext,
): Promise<Position | null> => {
  const stream = streams.openclawGatewayStatus(found.data.gatewayId);
  for (;;) {
    const { last, revision } = await lastStatus(store, stream);
    const [fact] = decideOpenclawGatewayStatus(found, last);
    if (!fact) return null;
    if (revision === null) await store.setStreamMetadata(stream, { maxCount: openclawGatewayStatusesKept });
    const result = await store.append(stream, revision ?? 'no_stream', [asEvent(fact, context)]);
    if (result.ok) return result.position;
    if (result.reason === 'stream_deleted') return null;
  }
};

const lastStatus = async (
  store: EventStore,
  stream: string,
): Promise<{ last: OpenclawGatewayStatusFact | null; revision: number | null }> => {
  const recorded = await lastEvent(store, stream);
  if (!recorded) return { last: null, revision: null };
  const event = parseEvent(recorded);
  if (!isEvent(event, ...eventTypes.openclawGatewayStatus)) throw new Error(`${stream} holds ${event.type}.`);
  return { last: event, revision: recorded.revision };
};
