import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The JetStream stream with the references for notifiers. Everything in it can be recreated from the event store. */
export const deliveriesStream = 'DELIVERIES';

const subjectRoot = 'deliveries';
/** The gateway part of a lane's subject for boards without an OpenClaw gateway. */
const noGateway = 'none';

/** A lane is the queue of deliveries for some of the boards of one OpenClaw gateway. They are processed one at a time and in order. */
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
/** null if the subject does not belong to a lane. */
export const laneOfSubject = (subject: string): Lane | null => {
  const [root, gateway = '', number = '', ...rest] = subject.split('.');
  if (root !== subjectRoot || !gateway || !/^\d+$/.test(number) || rest.length > 0) return null;
  return { gatewayId: gateway === noGateway ? null : gateway, number: Number(number) };
};
export const laneConsumer = (lane: Lane): string => `notifier-${lane.gatewayId ?? noGateway}-${lane.number}`;
export const laneConsumerPrefix = 'notifier-';

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
});
export type DeliveryReference = z.infer<typeof deliveryReferenceSchema>;
