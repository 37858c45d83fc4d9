import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { canonicalKey } from './canonical-key.ts';
import { ChatSession, type ReceivedMessage, type SessionTiming } from './chat-session.ts';

/** What the OpenClaw gateway's process remembers of an accepted message. */
export interface Dedupe {
  readonly text: string;
  status: 'in_flight' | 'ok' | 'error';
}

export interface OpenclawGatewayStateOptions extends SessionTiming {
  /** Keeps the history across processes: one JSON line per message. */
  readonly historyFile?: string | undefined;
  /** A run has ended. */
  readonly runEnded: (run: { readonly runId: string; readonly sessionKey: string }) => void;
}

/** Everything behind the wire: sessions and labels, which survive a restart, and the deduplication, which does not. */
export class OpenclawGatewayState {
  /** By idempotency key, for all sessions together. */
  readonly dedupe = new Map<string, Dedupe>();
  readonly labels = new Map<string, string>();
  readonly #sessions = new Map<string, ChatSession>();
  readonly #options: OpenclawGatewayStateOptions;
  readonly #runListeners = new Set<() => void>();

  constructor(options: OpenclawGatewayStateOptions) {
    this.#options = options;
    const { historyFile } = options;
    if (historyFile === undefined || !existsSync(historyFile)) return;
    for (const line of readFileSync(historyFile, 'utf8').split('\n').filter(Boolean)) {
      const message = JSON.parse(line) as ReceivedMessage;
      this.session(message.sessionKey).restore(message);
    }
  }

  /** Accepts any spelling of the key. Creates a missing session, as an OpenClaw gateway does. */
  session(sessionKey: string): ChatSession {
    const key = canonicalKey(sessionKey);
    const existing = this.#sessions.get(key);
    if (existing) return existing;
    const session = new ChatSession(this.#options, {
      final: (runId) => this.#ended(runId, key),
      stored: (message) => this.#stored(message),
    });
    this.#sessions.set(key, session);
    return session;
  }

  /** Messages by canonical session key. Sessions without messages are omitted. */
  received(): Record<string, readonly ReceivedMessage[]> {
    const sessions = [...this.#sessions].map(([key, { received }]) => [key, [...received]] as const);
    return Object.fromEntries(sessions.filter(([, received]) => received.length > 0));
  }

  /** @param text as it was sent; another text under the same key is a conflict */
  accept(message: ReceivedMessage, text: string): void {
    this.dedupe.set(message.idempotencyKey, { text, status: 'in_flight' });
    this.session(message.sessionKey).accept(message);
  }

  /** Resolves to true when the run has ended, or to false on timeout. */
  async ended(runId: string, timeoutMs: number): Promise<boolean> {
    const over = Promise.withResolvers<boolean>();
    const look = () => {
      if (this.dedupe.get(runId)?.status === 'ok') over.resolve(true);
    };
    this.#runListeners.add(look);
    const timer = setTimeout(() => over.resolve(false), timeoutMs);
    look();
    try {
      return await over.promise;
    } finally {
      clearTimeout(timer);
      this.#runListeners.delete(look);
    }
  }

  /** Has the effect of kill -9 and a restart. */
  kill(): void {
    this.dedupe.clear();
    for (const session of this.#sessions.values()) session.kill();
  }

  #ended(runId: string, sessionKey: string): void {
    const dedupe = this.dedupe.get(runId);
    if (dedupe?.status === 'in_flight') dedupe.status = 'ok';
    this.#options.runEnded({ runId, sessionKey });
    for (const look of this.#runListeners) look();
  }

  #stored(message: ReceivedMessage): void {
    const { historyFile } = this.#options;
    if (historyFile !== undefined) appendFileSync(historyFile, `${JSON.stringify(message)}\n`);
  }
}
