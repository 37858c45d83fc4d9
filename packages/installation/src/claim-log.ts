import { aggregates, decideOn } from '@mission-control/aggregates';
import { newOrderedId } from '@mission-control/contracts';
import { decideClaim } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';

/**
 * Claims the log, or the part of it that the store's prefix selects, for this installation, unless it has done so before. Of several
 * installations that claim it at once, one succeeds.
 *
 * @param service that claims it
 * @throws LogOfAnotherInstallation
 */
export const claimLog = async (
  store: EventStore,
  installationId: string,
  service: string,
): Promise<'claimed' | 'owned'> => {
  const context = {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: service },
    correlationId: newOrderedId(),
    causationId: null,
  } as const;
  const { events } = await decideOn(store, aggregates.installation, '', context, (state) =>
    decideClaim(state, installationId),
  );
  return events.length > 0 ? 'claimed' : 'owned';
};
