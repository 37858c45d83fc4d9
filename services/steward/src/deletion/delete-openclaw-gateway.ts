import { beforeHiding } from '@mission-control/aggregates';
import { type EventData, streams } from '@mission-control/contracts';
import { lastEvent } from '@mission-control/event-store';
import { type Duty, following, type Occasion } from '../duty.ts';

/** After `OpenclawGatewayDeleted`: tombstones what was recorded about its status. Nothing can be recorded about it afterwards. */
export const afterOpenclawGatewayDeleted = (
  occasion: Occasion,
  { gatewayId }: EventData<'OpenclawGatewayDeleted'>,
): Duty => ({
  delayMs: 0,
  run: async ({ store, signal }) => {
    const stream = streams.openclawGatewayStatus(gatewayId);
    if (await lastEvent(store, stream))
      await beforeHiding(store, [{ stream, before: null }], occasion.id, following(occasion), signal);
    await store.tombstone(stream);
  },
});
