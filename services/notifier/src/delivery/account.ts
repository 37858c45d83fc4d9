import { assertNever, type DeliveryEventType, type DomainEvent } from '@mission-control/contracts';
import { runSucceeded } from '@mission-control/domain';
import type { Logger } from '@mission-control/runtime';
import type { NotifierMetrics } from '../metrics.ts';
import type { Delivery } from './delivery.ts';

/** Counts and logs what was recorded. */
export const account = (
  metrics: NotifierMetrics,
  log: Logger,
  { cause }: Delivery,
  events: readonly DomainEvent<DeliveryEventType>[],
): void => {
  const ids = {
    board_id: cause.boardId,
    webhook_id: cause.webhookId,
    payload_id: cause.payloadId,
    delivery_id: cause.eventId,
  };
  for (const event of events) {
    switch (event.type) {
      case 'RedeliveryRequested':
      case 'DeliveryAttempted':
      case 'AgentTold':
      // Others append these.
      case 'DeliveryCoalesced':
      case 'DeliveryFiltered':
      case 'DeliveryFilterFailed':
        break;
      case 'MessageSent':
        metrics.ended('sent');
        log.debug(ids, 'message sent');
        break;
      case 'MessageConfirmed':
        metrics.told(cause);
        log.debug(ids, 'agent told');
        break;
      case 'MessageLost':
        metrics.ended('lost', event.data.reason);
        log.warn({ ...ids, reason: event.data.reason }, 'the OpenClaw gateway lost a message');
        break;
      case 'AgentRunEnded': {
        const { outcome, code } = event.data;
        metrics.ended(
          outcome === 'unknown' ? 'run_unknown' : runSucceeded(outcome) ? 'handled' : 'run_failed',
          code,
        );
        log.debug({ ...ids, outcome, code }, 'the agent’s run ended');
        break;
      }
      case 'DeliveryAttemptFailed':
        metrics.attemptFailed(event.data.code);
        log.info({ ...ids, code: event.data.code }, 'attempt failed');
        break;
      case 'DeliveryOutcomeUnknown':
        metrics.ended('outcome_unknown', event.data.reason);
        log.warn({ ...ids, reason: event.data.reason }, 'outcome of a delivery is unknown');
        break;
      case 'DeliveryParked':
        metrics.ended('parked', event.data.reason);
        log.warn({ ...ids, reason: event.data.reason }, 'delivery parked');
        break;
      case 'DeliveryFailed':
        metrics.ended('failed', event.data.reason);
        log.warn({ ...ids, reason: event.data.reason }, 'delivery failed');
        break;
      default:
        assertNever(event);
    }
  }
};
