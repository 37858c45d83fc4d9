import { type EventData, streams } from '@mission-control/contracts';
import type { Duty } from '../duty.ts';

/** After `OpenclawGatewayDeleted`: tombstones what was recorded about its status. Nothing can be recorded about it afterwards. */
export const afterOpenclawGatewayDeleted = ({ gatewayId }: EventData<'OpenclawGatewayDeleted'>): Duty => ({
  delayMs: 0,
  run: ({ store }) => store.tombstone(streams.openclawGatewayStatus(gatewayId)),
});
