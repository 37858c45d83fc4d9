import type { EventData } from '@mission-control/contracts';
import type { Position } from '@mission-control/event-store';

type Fault = NonNullable<EventData<'AuditVerificationEnded'>['fault']>;

interface Found {
  /** Of the first event that does not fit; null: the log ends here. */
  readonly position: Position | null;
  readonly leaf: number | null;
  readonly event: { readonly stream: string; readonly revision: number } | null;
}

/** History is not as it was sealed. */
export class HistoryFault extends Error {
  readonly code = 'history_fault';

  constructor(
    readonly kind: Fault['kind'],
    message: string,
    readonly found: Found,
  ) {
    super(message);
    this.name = 'HistoryFault';
  }

  /** @param after the last event that fits */
  toData(after: Position | null): Fault {
    const { position, leaf, event } = this.found;
    return {
      kind: this.kind,
      position: position === null ? null : `${position}`,
      after: after === null ? null : `${after}`,
      leaf,
      stream: event?.stream ?? null,
      revision: event?.revision ?? null,
      detail: this.message,
    };
  }
}
