/**
 * A log consists of these for the most part, so the next one is never far. They are not in the index by type, which a published migration
 * creates: so they never change.
 */
export const frequentTypes: readonly string[] = [
  'WebhookPayloadReceived',
  'DeliveryAttempted',
  'MessageSent',
  'MessageConfirmed',
  'AgentRunEnded',
];
