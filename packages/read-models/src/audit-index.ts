/**
 * Conditions of indexes of the table `audit_events`. The migration that creates them has them as well, so they never change.
 */

/** A log has a stream for each payload. These are found by the ids in their names, and are not in the index by stream. */
export const inNamedStream = `left(stream, 9) <> 'payloads-' and left(stream, 9) <> 'delivery-'`;

/** A log consists of these for the most part, so the next one is never far. They are not in the index by type. */
export const frequentTypes: readonly string[] = [
  'WebhookPayloadReceived',
  'DeliveryAttempted',
  'MessageSent',
  'MessageConfirmed',
  'AgentRunEnded',
];
