import { createHash } from 'node:crypto';
import type { PendingInput, ReceivedMessage, RowContent } from './messages.ts';

/** `followup` and `collect` hold that many messages. The oldest of more lose their text. */
const cap = 20;

/** What the agent gets next out of the queue. */
export interface Turn {
  readonly inputs: readonly PendingInput[];
  /** One row for all inputs together, or null if each has its own. */
  readonly row: RowContent | null;
  /** The row has only the beginnings of the messages. */
  readonly overflow: boolean;
}

/** The messages that join the run in progress when its model call ends. */
export const steered = (queued: readonly PendingInput[]): readonly PendingInput[] => {
  const others = queued.findIndex(({ mode }) => mode !== 'steer');
  return others === -1 ? queued : queued.slice(0, others);
};

/** The turn after a run, or null if nothing waits. */
export const nextTurn = (queued: readonly PendingInput[], sessionId: string): Turn | null => {
  const [first] = queued;
  if (!first) return null;
  const steering = steered(queued);
  if (steering.length > 0) return { inputs: steering, row: null, overflow: false };
  const dropped = queued.slice(0, Math.max(0, queued.length - cap));
  if (dropped.length > 0) {
    return { inputs: dropped, row: overflowRow(dropped, sessionId), overflow: true };
  }
  if (first.mode !== 'collect') return { inputs: [first], row: null, overflow: false };
  const others = queued.findIndex(({ mode }) => mode !== 'collect');
  const inputs = others === -1 ? queued : queued.slice(0, others);
  return { inputs, row: collectRow(inputs, sessionId), overflow: false };
};

const collectRow = (inputs: readonly PendingInput[], sessionId: string): RowContent => ({
  role: 'user',
  content: [
    '[Queued messages while agent was busy]',
    ...inputs.map(
      ({ message }, index) => `---\nQueued #${index + 1} (from gateway-client)\n${message.stored}`,
    ),
  ].join('\n\n'),
  idempotencyKey: `followup-collect:${sessionId}:${digestOf(inputs)}`,
});

const overflowRow = (inputs: readonly PendingInput[], sessionId: string): RowContent => ({
  role: 'user',
  content: [
    `[Queue overflow] Dropped ${inputs.length} message${inputs.length === 1 ? '' : 's'} due to cap.`,
    'Summary:',
    ...inputs.map(({ message }) => `- ${beginningOf(message)}`),
  ].join('\n'),
  idempotencyKey: `followup-overflow:${sessionId}:${digestOf(inputs)}`,
});

const beginningOf = ({ stored }: ReceivedMessage): string => {
  const line = stored.replaceAll(/\s+/g, ' ').trim();
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
};

const digestOf = (inputs: readonly PendingInput[]): string =>
  createHash('sha256')
    .update(inputs.map(({ message }) => message.idempotencyKey).join('\n'))
    .digest('hex');
