import { z } from 'zod';

/** The JetStream stream with the references for notifiers. Everything in it can be recreated from the event store. */
export const deliveriesStream = 'DELIVERIES';

const subjectRoot = 'deliveries';
const announcementRoot = 'mission_control.lanes';
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

export const deliveriesSubjects = `${subjectRoot}.>`;
/** Where messages of the lane are published. Older releases spread them over the numbers 0 to 3. */
export const laneSubject = (lane: Lane): string => `${subjectRoot}.${laneName(lane)}.0`;
/** The messages of the lane, with all numbers. */
export const laneFilter = (lane: Lane): string => `${subjectRoot}.${laneName(lane)}.*`;
/** null if the subject or filter does not belong to a lane. */
export const laneOfSubject = (subject: string): Lane | null => {
  const [root, name, number = '', ...rest] = subject.split('.');
  return root === subjectRoot && name && /^(\d+|\*)$/.test(number) && rest.length === 0
    ? laneNamed(name)
    : null;
};
/** The consumer of the lane's owner. The name carries the owner, because a consumer of the same name would be updated, not refused. */
export const laneConsumer = (lane: Lane, owner: string): string => `notifier-${laneName(lane)}-${owner}`;

export const laneAnnouncements = `${announcementRoot}.*`;
/** Where the publisher says that the lane has messages, over core NATS. An announcement may be lost. */
export const laneAnnouncement = (lane: Lane): string => `${announcementRoot}.${laneName(lane)}`;
/** null if the subject does not announce a lane. */
export const laneOfAnnouncement = (subject: string): Lane | null => {
  const name = subject.startsWith(`${announcementRoot}.`) ? subject.slice(announcementRoot.length + 1) : '';
  return name && !name.includes('.') ? laneNamed(name) : null;
};

/** Where an active publisher shows, over core NATS, that it is active. */
export const publisherActivity = 'mission_control.publisher';

/** A message on a lane: it names the event that causes a delivery. It never contains content. */
export const deliveryReferenceSchema = z.object({
  payloadId: z.uuid(),
  boardId: z.uuid(),
  webhookId: z.uuid(),
  /** The event that causes the delivery: an arrival or a redelivery request. */
  cause: z.object({
    type: z.enum(['WebhookPayloadReceived', 'RedeliveryRequested']),
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
