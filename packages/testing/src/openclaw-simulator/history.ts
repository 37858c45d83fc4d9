import { randomUUID } from 'node:crypto';
import { type ReceivedMessage, type Row, type RowContent, textParts } from './messages.ts';

/** The rows of one session that clients can see, and what became of the messages in them. */
export class History {
  rows: Row[] = [];
  /** Rows before a reset count, but are not shown. */
  length = 0;
  readonly #keys = new Set<string>();
  readonly #consumed = new Map<string, string>();

  /** Whether the message has a row or is part of one. */
  has(idempotencyKey: string): boolean {
    return this.#keys.has(idempotencyKey);
  }

  /** The row that a message was merged into, or undefined if the message has its own. */
  mergedInto(idempotencyKey: string): string | undefined {
    return this.#consumed.get(idempotencyKey);
  }

  append({ runId, kind, ...content }: RowContent, timestamp = Date.now()): Row {
    this.length += 1;
    const row: Row = {
      ...content,
      timestamp,
      __openclaw: {
        id: randomUUID(),
        seq: this.length,
        ...(runId !== undefined && { runId }),
        ...(kind !== undefined && { kind }),
      },
    };
    this.rows.push(row);
    return row;
  }

  /** @param merged the row stands for several messages and has its own key */
  holds(row: Row, message: ReceivedMessage, merged: boolean): void {
    this.#keys.add(message.idempotencyKey);
    if (merged) this.#consumed.set(message.idempotencyKey, row.__openclaw.id);
  }

  /** Puts back a row of an earlier process. */
  restore(row: Row): void {
    if (row.__openclaw.kind === 'reset') this.rows = [];
    this.rows.push(row);
    this.length = row.__openclaw.seq;
  }

  /** The session keeps its id, but clients see only what comes after this. */
  reset(): Row {
    this.rows = [];
    return this.append({ role: 'system', content: textParts('Reset'), kind: 'reset' });
  }
}

export const userRow = ({ stored, idempotencyKey }: ReceivedMessage): RowContent => ({
  role: 'user',
  content: stored,
  idempotencyKey: `${idempotencyKey}:user`,
});
