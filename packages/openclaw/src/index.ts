export { checkOpenClaw, type OpenclawGatewayCheck } from './check.ts';
export { connectOpenClaw, type GatewayLinkOptions, type OpenClawOptions } from './connect.ts';
export { deviceIdentityOf } from './link/device-identity.ts';
export { concernOf, type Rejected, type Unavailable } from './outcome.ts';
export type {
  ConnectionState,
  Found,
  OpenClawConnection,
  RunEnd,
  RunEvent,
  RunOutcome,
  SessionReset,
  Whereabouts,
} from './port.ts';
