export * from './agent/agent.ts';
export * from './board/board.ts';
export * from './board/decide.ts';
export * from './board/slug.ts';
export * from './coalescing/key.ts';
export * from './coalescing/windows.ts';
export * from './delivery/deliveries.ts';
export * from './delivery/recipient.ts';
export * from './delivery/removal.ts';
export * from './installation/installation.ts';
export * from './openclaw-gateway/openclaw-gateway.ts';
export * from './openclaw-gateway/status.ts';
export * from './payload/coalesced-texts.ts';
export * from './payload/delivery-note.ts';
export { cutEscaped, escapeJsonStrings, escapeText } from './payload/escapes.ts';
export * from './payload/event-type.ts';
export * from './payload/gateway-syntax.ts';
export {
  messageLimits,
  parseMessageTemplate,
  pointerFault,
  templateNames,
} from './payload/message/message-template.ts';
export * from './payload/present.ts';
export { fencedPreview } from './payload/preview/fenced.ts';
export { previewOf } from './payload/preview/preview.ts';
export { remembered } from './payload/remembered.ts';
export * from './payload/texts.ts';
export * from './projection/rebuilds.ts';
export * from './rejected.ts';
export * from './replay/decide.ts';
export * from './replay/replay.ts';
export * from './replay/replayable.ts';
export * from './telling/told-lately.ts';
export * from './webhook/decide.ts';
export * from './webhook/retention.ts';
export * from './webhook/webhook.ts';
