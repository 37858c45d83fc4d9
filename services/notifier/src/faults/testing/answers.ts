import { type Fault, told } from './fault.ts';

const again = (code: string): string[] => [
  'DeliveryAttempted',
  `DeliveryAttemptFailed 1 ${code}`,
  'MessageConfirmed',
  'AgentRunEnded ok',
];

/** The message was sent, but there is no answer that tells whether it arrived: the session is looked up before anything is sent again. */
export const answers: readonly Fault[] = [
  {
    name: 'silence after chat.send, message not taken',
    shortTimeout: true,
    begins: ({ simulator }) => simulator.fail({ mode: 'never_answer' }, { times: 1 }),
    stored: again('answer_timeout'),
  },
  {
    name: 'silence after chat.send, message taken',
    shortTimeout: true,
    begins: ({ simulator }) => simulator.fail({ mode: 'never_answer_after_accept' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'answer after the deadline',
    shortTimeout: true,
    begins: ({ simulator }) => simulator.fail({ mode: 'slow', delayMs: 8_000 }, { times: 1 }),
    stored: told,
  },
  {
    name: 'connection closed before the answer, message not taken',
    begins: ({ simulator }) => simulator.fail({ mode: 'drop_before_answer' }, { times: 1 }),
    stored: again('connection_lost'),
  },
  {
    name: 'connection closed before the answer, message taken',
    begins: ({ simulator }) => simulator.fail({ mode: 'drop_after_accept' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'connection closed after the answer',
    begins: ({ simulator }) => simulator.fail({ mode: 'drop_after_answer' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'malformed frame',
    shortTimeout: true,
    begins: ({ simulator }) => simulator.fail({ mode: 'malformed_answer' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'frame of 30 MB',
    begins: ({ simulator }) => simulator.fail({ mode: 'huge_answer' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'session conflict',
    begins: ({ simulator }) => simulator.fail({ mode: 'session_conflict' }, { times: 1 }),
    stored: told,
  },
  {
    name: 'history rebuilding',
    begins: ({ simulator }) => simulator.fail({ mode: 'history_rebuilding' }, { times: 3 }),
    stored: told,
  },
];
