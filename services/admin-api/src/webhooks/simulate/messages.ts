import {
  type ActiveWebhook,
  CoalescingWindows,
  type Held,
  ToldLately,
  windowClosedAt,
} from '@mission-control/domain';
import type { Outcome, PastArrival } from './outcomes.ts';

/** A message to the agent, when it becomes due, in milliseconds since 1970. */
interface Message {
  readonly at: number;
  /** The arrivals that it tells of. */
  readonly eventIds: readonly string[];
}

interface Seen {
  readonly arrival: PastArrival;
  readonly outcome: Outcome;
  /** What the payload has in common with others. undefined: it is told alone. */
  readonly key: string | null | undefined;
}

/** The messages about the payloads of which an agent is told, by the time at which they become due. */
export const messagesFor = (
  { coalesce: rule, webhookId }: ActiveWebhook,
  seen: readonly Seen[],
): readonly Message[] => {
  const messages: Message[] = [];
  const windows = new CoalescingWindows<Held>();
  for (const { arrival, outcome, key } of seen) {
    if (!outcome.told) continue;
    const { eventId, payload } = arrival;
    const at = Date.parse(payload.receivedAt);
    if (rule === null || key === undefined) messages.push({ at, eventIds: [eventId] });
    else windows.add({ eventId, webhookId, key, rule, at });
  }
  for (const held of windows.takeClosed(Number.POSITIVE_INFINITY))
    messages.push({ at: windowClosedAt(held), eventIds: held.map(({ eventId }) => eventId) });
  return messages.sort((one, other) => one.at - other.at);
};

/** Which of the messages the limit of the webhook allows, and which it does not. */
export const withinLimit = (
  { maxToldPerMinute: limit }: ActiveWebhook,
  messages: readonly Message[],
): { readonly allowed: readonly Message[]; readonly others: readonly Message[] } => {
  const lately = new ToldLately();
  const allowed = messages.filter(({ at, eventIds }) =>
    lately.add({ at, payloadId: eventIds[0] ?? '' }, limit, limit ?? 0),
  );
  return { allowed, others: messages.filter((message) => !allowed.includes(message)) };
};
