import { randomUUID } from 'node:crypto';
import { History, userRow } from './history.ts';
import type { JournalEntry } from './journal.ts';
import type { PendingInput, QueueMode, ReceivedMessage, RowContent } from './messages.ts';

export interface SessionIdentity {
  readonly sessionId: string;
  readonly generation: string;
}

/** What a session's log needs of its OpenClaw gateway. */
export interface LogHost {
  record(entry: JournalEntry): void;
  nextInput(): number;
}

/**
 * What becomes of an acknowledged message without a row when the process is killed.
 * - `nothing`: it vanishes without a trace
 * - `interrupted`: it stays a pending input, and never gets a turn
 * - `row`: its row has just been written, and it never gets a run
 */
export type Kept = 'nothing' | 'interrupted' | 'row';

/** What a session stores: rows, pending inputs, and for the tests what became of the messages. Pending inputs and rows are durable. */
export class SessionLog {
  readonly identity: SessionIdentity;
  readonly history = new History();
  pending: readonly PendingInput[] = [];
  /** Every message that was accepted and not forgotten, in order. */
  received: ReceivedMessage[] = [];
  /** Messages that the agent got, in order; twice if it got one twice. */
  readonly consumed: ReceivedMessage[] = [];
  readonly #host: LogHost;
  #durable: boolean;

  constructor(host: LogHost, identity: SessionIdentity | undefined) {
    this.#host = host;
    this.identity = identity ?? { sessionId: randomUUID(), generation: randomUUID() };
    this.#durable = identity !== undefined;
  }

  /** Whether the session outlives the process. Until its first row or pending input, clients do not see that it exists. */
  get durable(): boolean {
    return this.#durable;
  }

  /**
   * Writes the row of one message, or one that several were merged into. A message that has a row already (its key came again after a
   * restart) gets no second one, but the agent gets it again.
   * @param overflow the row has only the beginnings of the messages
   */
  write(
    messages: readonly ReceivedMessage[],
    { row: content = null, overflow = false }: { row?: RowContent | null; overflow?: boolean } = {},
  ): void {
    this.#remove(messages);
    if (!overflow) this.consumed.push(...messages);
    const [first] = messages;
    if (!first) return;
    if (this.history.has(first.idempotencyKey)) {
      this.#host.record({ kind: 'repeated', message: first });
      return;
    }
    this.endure();
    const merged = content !== null;
    const row = merged
      ? this.history.append(content)
      : this.history.append(userRow(first), Date.parse(first.receivedAt));
    for (const message of messages) this.history.holds(row, message, merged);
    this.#host.record({ kind: 'row', row, messages, merged, overflow });
  }

  /** A row of the agent or of the OpenClaw gateway itself. */
  append(content: RowContent): void {
    const row = this.history.append(content);
    this.#host.record({ kind: 'row', row, messages: [], merged: false, overflow: false });
  }

  addInput(message: ReceivedMessage, mode: QueueMode): void {
    this.endure();
    const seq = this.#host.nextInput();
    const input: PendingInput = { id: randomUUID(), seq, message, mode, state: 'queued' };
    this.pending = [...this.pending, input];
    this.#host.record({ kind: 'input', input });
  }

  interrupt({ idempotencyKey }: ReceivedMessage): void {
    this.pending = this.pending.map((input) =>
      input.message.idempotencyKey === idempotencyKey ? { ...input, state: 'interrupted' } : input,
    );
  }

  forget(message: ReceivedMessage): void {
    this.received = this.received.filter((one) => one !== message);
    this.#remove([message]);
    this.#host.record({ kind: 'gone', keys: [message.idempotencyKey] });
  }

  keep(message: ReceivedMessage, kept: Kept): void {
    if (kept === 'row') this.write([message]);
    if (kept === 'nothing') this.forget(message);
    if (kept !== 'interrupted') return;
    if (!this.pending.some((input) => input.message === message)) this.addInput(message, 'steer');
    this.interrupt(message);
  }

  reset(): void {
    this.endure();
    const row = this.history.reset();
    this.#host.record({ kind: 'row', row, messages: [], merged: false, overflow: false });
  }

  /** Puts back what an earlier process made durable. An input that still waited lost its turn. */
  restore(entry: Extract<JournalEntry, { kind: 'row' | 'input' | 'gone' | 'repeated' }>): void {
    if (entry.kind === 'repeated') {
      this.consumed.push(entry.message);
      return;
    }
    if (entry.kind === 'input') {
      this.received.push(entry.input.message);
      this.pending = [...this.pending, { ...entry.input, state: 'interrupted' }];
      return;
    }
    if (entry.kind === 'gone') {
      const stays = ({ idempotencyKey }: ReceivedMessage) => !entry.keys.includes(idempotencyKey);
      this.received = this.received.filter(stays);
      this.pending = this.pending.filter(({ message }) => stays(message));
      return;
    }
    const { row, messages, merged, overflow } = entry;
    const waited = this.#remove(messages);
    this.history.restore(row);
    for (const message of messages) {
      this.history.holds(row, message, merged);
      if (!overflow) this.consumed.push(message);
      if (!waited.includes(message.idempotencyKey)) this.received.push(message);
    }
  }

  /** Also the effect of changing a session's settings. */
  endure(): void {
    if (!this.#durable) this.#host.record({ kind: 'session', ...this.identity });
    this.#durable = true;
  }

  /** Returns the keys of those that waited. */
  #remove(messages: readonly ReceivedMessage[]): readonly string[] {
    if (this.pending.length === 0) return [];
    const keys = messages.map(({ idempotencyKey }) => idempotencyKey);
    const waited = this.pending.filter(({ message }) => keys.includes(message.idempotencyKey));
    this.pending = this.pending.filter((input) => !waited.includes(input));
    return waited.map(({ message }) => message.idempotencyKey);
  }
}
