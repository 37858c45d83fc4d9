import type { EventTooLarge } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';

/** Warns once if the event store accepts less than the gateway does: its settings were lowered after the check at startup. */
export const reportTooLargeForStore = (log: Logger): ((error: EventTooLarge) => void) => {
  let warned = false;
  return (error) => {
    if (warned) return;
    warned = true;
    log.warn(
      { reason: error.message, setting: error.serverSetting },
      'the event store rejects payloads that WEBHOOK_MAX_PAYLOAD_BYTES allows; their senders get 413',
    );
  };
};
