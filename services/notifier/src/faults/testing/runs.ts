import type { Fault } from './fault.ts';

const ended = (outcome: string): string[] => [
  'DeliveryAttempted',
  'MessageConfirmed',
  `AgentRunEnded ${outcome}`,
];

const failed = (reason: string): Pick<Fault, 'finally'> => ({
  finally: { payload: `run_failed ${reason}`, gateway: 'available, 0 wait' },
});

/** The session has the message, and its run does not end well. It is not sent again. */
export const runs: readonly Fault[] = [
  {
    name: 'run fails',
    begins: ({ simulator }) => simulator.endRuns({ kind: 'error', status: 500 }, { times: 1 }),
    stored: ended('error'),
    ...failed('error'),
  },
  {
    name: 'run fails before the answer',
    begins: ({ simulator }) => simulator.fail({ mode: 'run_failed' }, { times: 1 }),
    stored: ended('error'),
    ...failed('error'),
  },
  {
    name: 'run ends without a reply',
    begins: ({ simulator }) => simulator.endRuns({ kind: 'no_reply' }, { times: 1 }),
    stored: ended('no_reply'),
  },
  {
    name: 'run times out',
    begins: ({ simulator }) => simulator.endRuns({ kind: 'timed_out' }, { times: 1 }),
    stored: ended('timed_out'),
    ...failed('timeout'),
  },
  {
    name: 'run never ends',
    begins: ({ simulator }) => simulator.endRuns({ kind: 'never_ends' }, { times: 1 }),
    stored: ended('unknown'),
    session: ['first'],
    finally: { payload: 'told', gateway: 'available, 1 wait' },
  },
];
