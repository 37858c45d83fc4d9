import { randomUUID } from 'node:crypto';

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

export interface Row {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly idempotencyKey?: string;
}

export interface PendingInput {
  readonly id: string;
  readonly message: ReceivedMessage;
  readonly state: 'queued' | 'interrupted';
}

export interface SessionTiming {
  /** From the acknowledgement of an idle session's message to its row in the history. On a real OpenClaw gateway: 0.3–4 s. */
  readonly historyDelayMs: number;
  /** The row is not written before this resolves. Lets a test check the earlier state without a race. */
  readonly historyHeldUntil?: Promise<void> | undefined;
  /** From that row to the end of the agent's run. */
  readonly runMs: number;
  /** How messages that arrive during a run are handled: one turn per message, or one turn for all. */
  readonly queueMode: 'followup' | 'collect';
}

export interface SessionEvents {
  /** A run has ended, or its message was queued. */
  readonly final: (runId: string) => void;
  readonly stored: (message: ReceivedMessage) => void;
}

/**
 * One session as a real OpenClaw gateway keeps it (observed with 2026.9.6).
 *
 * - `idle`: a message starts a run. Until its row is written, it is known only by its run id: if the OpenClaw gateway is killed before
 *   that, it forgets the message although it has acknowledged it.
 * - `running`: a message is stored as pending input, and survives a kill as `interrupted`, without its own turn.
 *   When the run ends, the oldest starts the next (`followup`), or all of them together (`collect`) in a row with its own key.
 */
export class ChatSession {
  readonly rows: Row[] = [];
  pending: PendingInput[] = [];
  /** Messages that were merged into another row: run id → that row's id. */
  readonly consumed = new Map<string, string>();
  readonly #timing: SessionTiming;
  readonly #events: SessionEvents;
  #unwritten: ReceivedMessage[] = [];
  #received: ReceivedMessage[] = [];
  #activeRunId: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(timing: SessionTiming, events: SessionEvents) {
    this.#timing = timing;
    this.#events = events;
  }

  /** Every message that was accepted and not forgotten, in order. */
  get received(): readonly ReceivedMessage[] {
    return this.#received;
  }

  get activeRunIds(): readonly string[] {
    return this.#activeRunId === null ? [] : [this.#activeRunId];
  }

  /** Restores a row from an earlier run of the process. */
  restore(message: ReceivedMessage): void {
    this.#received.push(message);
    this.rows.push(rowOf(message));
  }

  accept(message: ReceivedMessage): void {
    this.#received.push(message);
    if (this.#activeRunId !== null) {
      this.pending.push({ id: randomUUID(), message, state: 'queued' });
      this.#events.final(message.idempotencyKey);
      return;
    }
    this.#activeRunId = message.idempotencyKey;
    this.#unwritten = [message];
    this.#after(this.#timing.historyDelayMs, async () => {
      await this.#timing.historyHeldUntil;
      // It may have been killed in the meantime.
      if (!this.#unwritten.includes(message)) return;
      this.#unwritten = [];
      this.#write([message], rowOf(message));
    });
  }

  /** Has the effect of a kill. */
  kill(): void {
    clearTimeout(this.#timer);
    this.#received = this.#received.filter((message) => !this.#unwritten.includes(message));
    this.#unwritten = [];
    this.#activeRunId = null;
    this.pending = this.pending.map((input) => ({ ...input, state: 'interrupted' }));
  }

  #write(messages: readonly ReceivedMessage[], row: Row): void {
    this.rows.push(row);
    for (const message of messages) this.#events.stored(message);
    this.#after(this.#timing.runMs, () => this.#end());
  }

  #end(): void {
    this.rows.push({ role: 'assistant', content: 'Noted.', timestamp: Date.now() });
    if (this.#activeRunId !== null) this.#events.final(this.#activeRunId);
    this.#activeRunId = null;
    const queued = this.pending.filter(({ state }) => state === 'queued');
    const turn = this.#timing.queueMode === 'collect' ? queued : queued.slice(0, 1);
    const [first] = turn;
    if (!first) return;
    this.#activeRunId = randomUUID();
    this.pending = this.pending.filter((input) => !turn.includes(input));
    const messages = turn.map(({ message }) => message);
    if (this.#timing.queueMode === 'followup') {
      this.#write(messages, rowOf(first.message));
      return;
    }
    const rowId = randomUUID();
    for (const { idempotencyKey } of messages) this.consumed.set(idempotencyKey, rowId);
    this.#write(messages, {
      role: 'user',
      content: messages.map(({ stored }) => stored).join('\n'),
      timestamp: Date.now(),
      idempotencyKey: `collect:${rowId}`,
    });
  }

  #after(ms: number, then: () => unknown): void {
    this.#timer = setTimeout(then, ms);
    this.#timer.unref();
  }
}

const rowOf = ({ stored, idempotencyKey, receivedAt }: ReceivedMessage): Row => ({
  role: 'user',
  content: stored,
  timestamp: Date.parse(receivedAt),
  idempotencyKey: `${idempotencyKey}:user`,
});
