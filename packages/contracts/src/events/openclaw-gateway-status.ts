import { z } from 'zod';
import { gatewaySentence } from './delivery.ts';

const gatewayId = z.uuid();

/**
 * Whether messages can be sent to an OpenClaw gateway. Only changes are recorded, in a stream of their own, because they are not
 * configuration.
 */
export const openclawGatewayStatusEvents = {
  OpenclawGatewayUnavailable: z.object({
    gatewayId,
    /** `away`: it cannot be reached. `rejected`: it answers, and somebody has to change something. */
    state: z.enum(['away', 'rejected']),
    code: z.string(),
    detail: gatewaySentence.nullable(),
    /** The request that the operator of the OpenClaw gateway has to approve. */
    pairingRequestId: z.string().nullable(),
  }),
  OpenclawGatewayAvailable: z.object({
    gatewayId,
    serverVersion: z.string().nullable(),
    /** The process of the OpenClaw gateway. */
    bootId: z.string().nullable(),
  }),
};

/** How many status events of an OpenClaw gateway stay readable. */
export const openclawGatewayStatusesKept = 1_000;
