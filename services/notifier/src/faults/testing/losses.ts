import { type Fault, told } from './fault.ts';

const lost = (reason: string): Pick<Fault, 'stored' | 'session'> => ({
  stored: [
    'DeliveryAttempted',
    `MessageLost ${reason}`,
    'DeliveryAttempted :r1',
    'MessageConfirmed :r1',
    'AgentRunEnded ok',
  ],
  session: ['first:r1', 'second:r1'],
});

/** Both messages are acknowledged, the session does not have them, and the process is killed. */
const killed = (keep: 'nothing' | 'interrupted' | 'row'): Pick<Fault, 'historyHeld' | 'ends'> => ({
  historyHeld: true,
  ends: async ({ simulator, acknowledged }) => {
    await acknowledged();
    await simulator.restart({ keep });
  },
});

/** The OpenClaw gateway acknowledged the message, and lost it. */
export const losses: readonly Fault[] = [
  {
    name: 'restarted between send and answer, message interrupted',
    begins: ({ simulator }) => simulator.fail({ mode: 'restart_after_accept' }, { times: 1 }),
    ...lost('interrupted'),
    session: ['first:r1', 'second'],
  },
  {
    name: 'restarted between send and answer, no trace left',
    fromTheStart: true,
    begins: ({ simulator }) => simulator.fail({ mode: 'restart_after_accept' }, { times: 1 }),
    stored: ['DeliveryAttempted', 'DeliveryAttemptFailed 1 connection_lost', ...told.slice(1)],
  },
  {
    name: 'restarted after the answer, no trace left',
    ...killed('nothing'),
    ...lost('gateway_restarted'),
  },
  {
    name: 'restarted after the answer, message interrupted',
    ...killed('interrupted'),
    ...lost('interrupted'),
  },
  {
    name: 'restarted after the session had the message, before its run',
    ...killed('row'),
    stored: ['DeliveryAttempted', 'MessageConfirmed', 'AgentRunEnded unknown'],
    finally: { payload: 'told', gateway: 'available, 0 wait' },
  },
  {
    name: 'accepts and forgets',
    begins: ({ simulator }) => simulator.fail({ mode: 'accept_and_forget' }, { times: 1 }),
    stored: ['DeliveryAttempted', 'DeliveryAttemptFailed 1 message_forgotten', ...told.slice(1)],
    // Up to 10 messages are sent before the first of them is confirmed.
    session: ['second', 'first'],
  },
  {
    name: 'session reset before it had the message',
    historyHeld: true,
    ends: async ({ simulator, acknowledged, sessionKey }) => {
      await acknowledged();
      await simulator.reset(sessionKey);
    },
    stored: ['DeliveryAttempted', 'DeliveryOutcomeUnknown session_reset'],
    session: [],
    finally: { payload: 'outcome_unknown session_reset', gateway: 'available, 0 wait' },
  },
];
