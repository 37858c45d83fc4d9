import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { PendingInput, ReceivedMessage, Row } from './messages.ts';

/** What the OpenClaw gateway has made durable about a session. */
export type JournalEntry =
  | {
      readonly kind: 'row';
      readonly row: Row;
      /** What the row contains. Their inputs no longer wait. */
      readonly messages: readonly ReceivedMessage[];
      readonly merged: boolean;
      /** The row has only the beginnings of the messages. */
      readonly overflow: boolean;
    }
  | { readonly kind: 'session'; readonly sessionId: string; readonly generation: string }
  | { readonly kind: 'input'; readonly input: PendingInput }
  /** Inputs that no longer wait, without a row. */
  | { readonly kind: 'gone'; readonly keys: readonly string[] }
  /** The agent got a message that has a row already. Only for the tests: no row says so. */
  | { readonly kind: 'repeated'; readonly message: ReceivedMessage }
  | { readonly kind: 'run_started'; readonly runId: string }
  | { readonly kind: 'run_ended' }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'label'; readonly label: string | null };

export interface Journal {
  /** Durable when it returns, for a process that is killed. */
  record(sessionKey: string, entry: JournalEntry): void;
  close(): void;
}

/** One JSON line per entry. */
export const openJournal = (path: string): Journal => {
  const file = openSync(path, 'a');
  return {
    record: (sessionKey, entry) => {
      writeSync(file, `${JSON.stringify({ sessionKey, ...entry })}\n`);
    },
    close: () => closeSync(file),
  };
};

export const noJournal: Journal = { record: () => {}, close: () => {} };

/** A line that a kill cut off is the last one, and was not acknowledged to anyone. */
export const readJournal = (path: string): (JournalEntry & { readonly sessionKey: string })[] => {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalEntry & { sessionKey: string });
};
