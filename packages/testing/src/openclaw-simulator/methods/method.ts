import type { Faults } from '../faults.ts';
import type { OpenclawGatewayState } from '../openclaw-gateway-state.ts';
import type { OpenclawGatewayError } from '../protocol.ts';

type Scope = 'operator.read' | 'operator.write' | 'operator.admin';

/**
 * What the client gets to see. `drop`: the connection breaks. `silence`: nothing. `restart`: the process is killed and starts again.
 * `malformed` and `huge`: a frame that is no JSON, and one of 30 MB. `thenDrop`: the connection breaks after the answer.
 */
export type Answer =
  | { readonly payload: unknown; readonly thenDrop?: boolean }
  | { readonly error: OpenclawGatewayError; readonly payload?: unknown }
  | 'drop'
  | 'silence'
  | 'restart'
  | 'malformed'
  | 'huge';

export interface OpenclawGateway {
  readonly state: OpenclawGatewayState;
  readonly faults: Faults;
}

export interface Method {
  readonly scope: Scope;
  readonly answer: (params: never, gateway: OpenclawGateway) => Answer | Promise<Answer>;
}
