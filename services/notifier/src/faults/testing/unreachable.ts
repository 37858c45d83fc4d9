import { type Fault, told } from './fault.ts';

const waits = (code: string): Pick<Fault, 'meanwhile' | 'status'> => ({
  meanwhile: { payload: 'delivering gateway_unavailable', gateway: `away ${code}, 2 wait` },
  status: ['available', `away ${code}`, 'available'],
});

/** The OpenClaw gateway is away: messages wait, and no attempt is counted. */
export const unreachable: readonly Fault[] = [
  {
    name: 'connection refused',
    begins: ({ simulator }) => simulator.fail({ mode: 'refuse_connections' }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('gateway_unreachable'),
    stored: told,
  },
  {
    name: 'connection reset',
    begins: ({ simulator }) => simulator.fail({ mode: 'reset_connections' }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('gateway_unreachable'),
    stored: told,
  },
  {
    name: 'answer 502 of a reverse proxy',
    begins: ({ simulator }) => simulator.fail({ mode: 'refuse_upgrade', status: 502 }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('upgrade_rejected'),
    stored: told,
  },
  {
    name: 'no challenge',
    begins: ({ simulator }) => simulator.fail({ mode: 'no_challenge' }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('connect_timeout'),
    stored: told,
    status: ['available', 'away connection_lost', 'away connect_timeout', 'available'],
  },
  {
    name: 'silence after connect',
    begins: ({ simulator }) => simulator.fail({ mode: 'silent_connect' }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('connect_timeout'),
    stored: told,
    status: ['available', 'away connection_lost', 'away connect_timeout', 'available'],
  },
  {
    name: 'still starting',
    begins: ({ simulator }) => simulator.fail({ mode: 'starting', retryAfterMs: 500 }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('gateway_starting'),
    stored: told,
  },
  {
    name: 'too many failed logins',
    begins: ({ simulator }) => simulator.fail({ mode: 'rate_limited' }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('rate_limited'),
    stored: told,
  },
  {
    name: 'UNAVAILABLE with retryAfterMs',
    begins: ({ simulator }) => simulator.fail({ mode: 'unavailable', retryAfterMs: 3_000 }),
    ends: ({ simulator }) => simulator.heal(),
    ...waits('gateway_unavailable'),
    stored: told,
  },
];
