import type { z } from 'zod';
import { agentEvents } from './agent.ts';
import { auditEvents } from './audit.ts';
import { boardEvents, boardSlugEvents } from './board.ts';
import { coalescingEvents } from './coalescing.ts';
import { deliveryEvents } from './delivery.ts';
import { installationEvents } from './installation.ts';
import { logCopyEvents } from './log-copy.ts';
import { memoryEvents } from './memory.ts';
import { merkleEvents } from './merkle.ts';
import { openclawGatewayEvents } from './openclaw-gateway.ts';
import { openclawGatewayStatusEvents } from './openclaw-gateway-status.ts';
import { payloadEvents } from './payload.ts';
import { projectionEvents } from './projection.ts';
import { rejectionEvents } from './rejection.ts';
import { removalEvents } from './removal.ts';
import { replayEvents, replayItemsEvents } from './replay.ts';
import { keyringEvents, relayEvents, replaysEvents, signingKeysEvents, stewardEvents } from './system.ts';
import { webhookEvents } from './webhook.ts';

/** The schema of every event's newest version, by event type. */
export const eventSchemas = {
  ...boardEvents,
  ...boardSlugEvents,
  ...agentEvents,
  ...openclawGatewayEvents,
  ...openclawGatewayStatusEvents,
  ...webhookEvents,
  ...payloadEvents,
  ...deliveryEvents,
  ...coalescingEvents,
  ...memoryEvents,
  ...rejectionEvents,
  ...removalEvents,
  ...relayEvents,
  ...stewardEvents,
  ...replayEvents,
  ...replayItemsEvents,
  ...replaysEvents,
  ...keyringEvents,
  ...signingKeysEvents,
  ...installationEvents,
  ...logCopyEvents,
  ...projectionEvents,
  ...merkleEvents,
  ...auditEvents,
} as const;

export type EventType = keyof typeof eventSchemas;
export type EventData<T extends EventType> = z.infer<(typeof eventSchemas)[T]>;

/** An event that was decided: type and data, not yet with an id and metadata. */
export type Fact<T extends EventType = EventType> = { [K in T]: { type: K; data: EventData<K> } }[T];

const typesOf = <M extends object>(family: M) => Object.keys(family) as (keyof M & EventType)[];

/** The event types of each kind of stream, for filters. */
export const eventTypes = {
  board: typesOf(boardEvents),
  boardSlug: typesOf(boardSlugEvents),
  agent: typesOf(agentEvents),
  openclawGateway: typesOf(openclawGatewayEvents),
  openclawGatewayStatus: typesOf(openclawGatewayStatusEvents),
  webhook: typesOf(webhookEvents),
  payload: typesOf(payloadEvents),
  delivery: typesOf(deliveryEvents),
  coalescing: typesOf(coalescingEvents),
  memory: typesOf(memoryEvents),
  replay: typesOf(replayEvents),
  removal: typesOf(removalEvents),
  projection: typesOf(projectionEvents),
} as const;

export type DeliveryEventType = keyof typeof deliveryEvents;

/**
 * All delivery event types but those named. A reader that names what it ignores and handles the rest in a switch with `assertNever` does
 * not compile when a type is added.
 */
export const deliveryTypesExcept = <T extends DeliveryEventType>(...ignored: readonly T[]) =>
  eventTypes.delivery.filter(
    (type): type is Exclude<DeliveryEventType, T> => !(ignored as readonly string[]).includes(type),
  );

export type BoardFact = Fact<keyof typeof boardEvents>;
export type BoardSlugFact = Fact<keyof typeof boardSlugEvents>;
export type AgentFact = Fact<keyof typeof agentEvents>;
export type OpenclawGatewayFact = Fact<keyof typeof openclawGatewayEvents>;
export type OpenclawGatewayStatusFact = Fact<keyof typeof openclawGatewayStatusEvents>;
export type ProjectionFact = Fact<keyof typeof projectionEvents>;
export type InstallationFact = Fact<keyof typeof installationEvents>;
export type WebhookFact = Fact<keyof typeof webhookEvents>;
export type ReplayFact = Fact<keyof typeof replayEvents>;
export type DeliveryFact = Fact<DeliveryEventType>;
