import { z } from 'zod';

/** The part of a lane's subject that names the OpenClaw gateway, for boards without one. */
const noGateway = 'none';

/**
 * A lane is the queue of the deliveries for one OpenClaw gateway, or for all boards without one. It keeps the order of the log. Nothing
 * but the board's OpenClaw gateway decides the lane, so a change of lead, agent or session stays inside it.
 */
export interface Lane {
  readonly gatewayId: string | null;
}

export const laneOf = (gatewayId: string | null): Lane => ({ gatewayId });
/** Identifies the lane in subjects, names of consumers and maps. */
export const laneName = ({ gatewayId }: Lane): string => gatewayId ?? noGateway;
const laneNamed = (name: string): Lane => ({ gatewayId: name === noGateway ? null : name });

/** The names of an installation's stream, subjects and consumers. Those of different installations never overlap. */
export interface MessagingNames {
  /** The JetStream stream with the references for notifiers. Everything in it can be recreated from the event store. */
  readonly stream: string;
  /** What the stream stores. */
  readonly subjects: string;
  /** Where messages of the lane are published. Older releases spread them over the numbers 0 to 3. */
  readonly laneSubject: (lane: Lane) => string;
  /** The messages of the lane, with all numbers. */
  readonly laneFilter: (lane: Lane) => string;
  /** null if the subject or filter does not belong to a lane. */
  readonly laneOfSubject: (subject: string) => Lane | null;
  /** The consumer of the lane's owner. The name carries the owner, because a consumer of the same name would be updated, not refused. */
  readonly laneConsumer: (lane: Lane, owner: string) => string;
  readonly laneAnnouncements: string;
  /** Where the publisher says that the lane has messages, over core NATS. An announcement may be lost. */
  readonly laneAnnouncement: (lane: Lane) => string;
  /** null if the subject does not announce a lane. */
  readonly laneOfAnnouncement: (subject: string) => Lane | null;
  /** Where an active publisher shows, over core NATS, that it is active. */
  readonly publisherActivity: string;
}

/** @param prefix of the installation; empty: none */
export const messagingNames = (prefix: string): MessagingNames => {
  const ending = prefix === '' ? '' : `_${prefix}`;
  const lanes = `deliveries${ending}`;
  const announcements = `mission_control${ending}.lanes`;
  return {
    stream: `DELIVERIES${ending}`,
    subjects: `${lanes}.>`,
    laneSubject: (lane) => `${lanes}.${laneName(lane)}.0`,
    laneFilter: (lane) => `${lanes}.${laneName(lane)}.*`,
    laneOfSubject: (subject) => {
      const [root, name, number = '', ...rest] = subject.split('.');
      return root === lanes && name && /^(\d+|\*)$/.test(number) && rest.length === 0
        ? laneNamed(name)
        : null;
    },
    laneConsumer: (lane, owner) => `notifier${ending}-${laneName(lane)}-${owner}`,
    laneAnnouncements: `${announcements}.*`,
    laneAnnouncement: (lane) => `${announcements}.${laneName(lane)}`,
    laneOfAnnouncement: (subject) => {
      const name = subject.startsWith(`${announcements}.`) ? subject.slice(announcements.length + 1) : '';
      return name && !name.includes('.') ? laneNamed(name) : null;
    },
    publisherActivity: `mission_control${ending}.publisher`,
  };
};

/** A message on a lane: it names the event that causes a delivery. It never contains content. */
export const deliveryReferenceSchema = z.object({
  /** The id of the event `PayloadsCoalesced`, if it names several payloads. */
  payloadId: z.uuid(),
  boardId: z.uuid(),
  webhookId: z.uuid(),
  /** The event that causes the delivery: an arrival, payloads told together, or a redelivery request. */
  cause: z.object({
    type: z.enum(['WebhookPayloadReceived', 'PayloadsCoalesced', 'RedeliveryRequested']),
    eventId: z.uuid(),
    stream: z.string(),
    revision: z.int().nonnegative(),
    /** Decimal digits of a log position. */
    position: z.string().regex(/^\d+$/),
  }),
  traceparent: z.string().optional(),
  /** The agent that a redelivery request names; null: the webhook's or the lead. Older releases did not publish it: see the cause. */
  agentId: z.uuid().nullable().optional(),
  /** When the delivery was requested: the time of the cause. Older releases did not publish it: see the cause. */
  requestedAt: z.iso.datetime().optional(),
});
export type DeliveryReference = z.infer<typeof deliveryReferenceSchema>;
