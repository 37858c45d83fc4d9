import type { ConnectionState, OpenClawConnection, Unavailable } from '@mission-control/openclaw';

type Process = Pick<Extract<ConnectionState, { kind: 'ready' }>, 'bootId' | 'serverVersion'>;

/**
 * Whether messages can be sent to an OpenClaw gateway now.
 *
 * - `connecting`: not known yet.
 * - `open`: messages are sent.
 * - `half_open`: it is back, or may be. One request at a time finds out.
 * - `away`: it cannot be reached, or asked for a pause.
 * - `rejected`: it answers, and somebody has to change something.
 */
export type GateState =
  | { readonly kind: 'connecting' }
  | ({ readonly kind: 'half_open'; readonly asksForPauses: boolean } & Process)
  | ({ readonly kind: 'open' } & Process)
  | { readonly kind: 'away'; readonly code: string; readonly detail: string | null }
  | Extract<ConnectionState, { kind: 'rejected' }>;

/** The permission to make requests until `leave` is called. */
export interface Pass {
  readonly connection: OpenClawConnection;
  /** The number of the connection to the OpenClaw gateway, counted by this process. */
  readonly epoch: number;
  /** Whether that connection is still the current one. */
  readonly valid: () => boolean;
  /**
   * Only the first call counts.
   *
   * @param outcome of the last request; omitted if none was made
   */
  leave(outcome?: { readonly kind: string } | Unavailable): void;
}
