export { checkOpenClaw, type OpenclawGatewayCheck } from './check.ts';
export {
  connectOpenClaw,
  type GatewayLinkOptions,
  type OpenClawConnection,
  type OpenClawOptions,
} from './connect.ts';
export type { Acceptance } from './history.ts';
export type {
  Doubt,
  Rejected,
  RejectedCode,
  Unavailable,
} from './outcome.ts';
