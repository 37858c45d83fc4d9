export { checkOpenClaw, type GatewayCheck } from './check.ts';
export {
  type ConnectionLog,
  connectOpenClaw,
  type LinkOptions,
  type OpenClawConnection,
  type OpenClawOptions,
} from './connect.ts';
export { defaultDenyCidrs } from './dial/address-guard.ts';
export type { Acceptance, Evidence, SentMessage } from './history.ts';
export type {
  Doubt,
  DoubtCode,
  Refused,
  RefusedCode,
  Unavailable,
  UnavailableCode,
} from './outcome.ts';
export type { Accepted, AgentMessage, SendOutcome } from './send.ts';
