export * from './domain-event.ts';
export { faultSchema } from './events/audit.ts';
export * from './events/catalogue.ts';
export { type EncryptedSecret, encryptedSecretSchema, secretContexts } from './events/encrypted-secret.ts';
export { openclawGatewayStatusesKept } from './events/openclaw-gateway-status.ts';
export type { WebhookPayloadReceived } from './events/payload.ts';
export { rejectionBounds, rejectionCodeOf, storedRejectionCode } from './events/rejection.ts';
export { configurationLeaseMs } from './events/webhook.ts';
export * from './events/webhook-settings.ts';
export * from './exhaustive.ts';
export * from './ids.ts';
export * from './messaging.ts';
export * from './metadata.ts';
export { actorOf } from './payload/actor.ts';
export * from './payload/body-envelope.ts';
export { Content, type ContentSource, contentOf } from './payload/content/content.ts';
export {
  type ContentEncoding,
  ContentTooLarge,
  contentEncodingSchema,
  inflateContent,
  MalformedEncoding,
} from './payload/content/content-encoding.ts';

export { deepestEmbeddedJson, jsonDepth } from './payload/content/json.ts';
export { endOfString } from './payload/content/json-strings.ts';
export { eventTypeOf, type PayloadEventType } from './payload/event-type/event-type.ts';
export { parseEventTypeSetting } from './payload/event-type/setting.ts';
export * from './payload/header-text.ts';
export * from './payload/identity.ts';
export * from './payload/json-pointer.ts';
export * from './payload/redaction.ts';
export * from './random.ts';
export * from './receipt.ts';
export * from './signing-key-id.ts';
export * from './streams.ts';
export * from './upcasting.ts';
