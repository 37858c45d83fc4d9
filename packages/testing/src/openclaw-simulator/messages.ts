export type QueueMode = 'steer' | 'followup' | 'collect' | 'interrupt';

/** A message that the OpenClaw gateway accepted. */
export interface ReceivedMessage {
  /** Canonical. */
  readonly sessionKey: string;
  /** The text that the agent gets, without the directives that were executed. */
  readonly text: string;
  /** The text as it is stored in the history. */
  readonly stored: string;
  /** Directives and other syntax in the message that the OpenClaw gateway acted on. Empty if the message is plain text. */
  readonly executed: readonly string[];
  readonly idempotencyKey: string;
  /** ISO 8601, UTC */
  readonly receivedAt: string;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A row of the history without what the history adds to it. */
export interface RowContent {
  readonly role: 'user' | 'assistant' | 'custom' | 'system';
  readonly content: string | readonly TextPart[];
  readonly idempotencyKey?: string;
  readonly stopReason?: string;
  readonly customType?: string;
  readonly display?: boolean;
  /** The run that wrote it. User rows have none. */
  readonly runId?: string;
  readonly kind?: 'reset';
}

export interface Row extends Omit<RowContent, 'runId' | 'kind'> {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly __openclaw: {
    readonly id: string;
    /** Position in the session. It goes on after a reset. */
    readonly seq: number;
    readonly runId?: string;
    readonly kind?: 'reset';
  };
}

export interface PendingInput {
  readonly id: string;
  /** Position among all inputs of the OpenClaw gateway. */
  readonly seq: number;
  readonly message: ReceivedMessage;
  readonly mode: QueueMode;
  readonly state: 'queued' | 'interrupted';
}

/** A `chat` event without the members that every event of a run has. */
export type ChatContent = Readonly<Record<string, unknown>> & {
  readonly seq: number;
  readonly state: 'status' | 'delta' | 'final' | 'aborted' | 'error';
};

export const textParts = (text: string): readonly TextPart[] => [{ type: 'text', text }];

export const assistantMessage = (text: string) => ({
  role: 'assistant',
  content: textParts(text),
  timestamp: Date.now(),
});
