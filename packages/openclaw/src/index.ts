export { checkOpenClaw, type GatewayCheck } from './check.ts';
export {
  connectOpenClaw,
  type LinkOptions,
  type OpenClawConnection,
  type OpenClawOptions,
} from './connect.ts';
export type { Acceptance } from './history.ts';
export type {
  Doubt,
  Refused,
  RefusedCode,
  Unavailable,
} from './outcome.ts';
