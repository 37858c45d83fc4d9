import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The JetStream stream that wakes notifiers. Everything in it can be made again from the event store. */
export const deliveriesStream = 'DELIVERIES';

const subjectRoot = 'deliveries';
/** Gateway part of a lane for boards without an OpenClaw gateway. */
const noGateway = 'none';

/** A lane carries the messages of some boards of one OpenClaw gateway, one at a time and in order. */
export interface Lane {
  readonly gatewayId: string | null;
  readonly number: number;
}

export const lanesPerGateway = 4;

export const laneOf = (gatewayId: string | null, boardId: string): Lane => ({
  gatewayId,
  number: createHash('sha256').update(boardId).digest().readUInt32BE(0) % lanesPerGateway,
});

export const deliveriesSubjects = `${subjectRoot}.>`;
export const laneSubject = (lane: Lane): string =>
  `${subjectRoot}.${lane.gatewayId ?? noGateway}.${lane.number}`;
/** null for a subject that is no lane's. */
export const laneOfSubject = (subject: string): Lane | null => {
  const [root, gateway = '', number = '', ...rest] = subject.split('.');
  if (root !== subjectRoot || !gateway || !/^\d+$/.test(number) || rest.length > 0) return null;
  return { gatewayId: gateway === noGateway ? null : gateway, number: Number(number) };
};
export const laneConsumer = (lane: Lane): string => `notifier-${lane.gatewayId ?? noGateway}-${lane.number}`;
export const laneConsumerPrefix = 'notifier-';

/** What a delivery message says: which event asks for a delivery. Never content. */
export const deliveryReferenceSchema = z.object({
  payloadId: z.uuid(),
  boardId: z.uuid(),
  webhookId: z.uuid(),
  /** The event that asks: an arrival or a redelivery request. */
  cause: z.object({
    type: z.enum(['WebhookPayloadReceived', 'RedeliveryRequested']),
    eventId: z.uuid(),
    stream: z.string(),
    revision: z.int().nonnegative(),
    /** Decimal digits of a log position. */
    position: z.string().regex(/^\d+$/),
  }),
  traceparent: z.string().optional(),
});
export type DeliveryReference = z.infer<typeof deliveryReferenceSchema>;
