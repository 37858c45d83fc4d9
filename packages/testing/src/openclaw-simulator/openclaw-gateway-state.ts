import { randomUUID } from 'node:crypto';
import { canonicalKey } from './canonical-key.ts';
import { ChatSession } from './chat-session.ts';
import { type Journal, noJournal, openJournal, readJournal } from './journal.ts';
import type { ChatContent, QueueMode, ReceivedMessage } from './messages.ts';
import { Outcomes } from './outcomes.ts';
import { Runs } from './runs.ts';
import type { Kept, SessionIdentity } from './session-log.ts';
import type { SessionTiming } from './timing.ts';

export interface OpenclawGatewayStateOptions {
  readonly timing: SessionTiming;
  /** The configured agents. The first is the default if it is the only one. */
  readonly agents: readonly string[];
  /** From the start of the process to the message that continues a run which a kill ended. */
  readonly recoveryDelayMs: number;
  /** Keeps what is durable across processes. */
  readonly historyFile?: string | undefined;
  readonly chat: (payload: Readonly<Record<string, unknown>>) => void;
}

/** Everything behind the wire. Sessions and labels survive a restart, as far as they are durable. The rest is new. */
export class OpenclawGatewayState {
  readonly runs = new Runs();
  readonly outcomes = new Outcomes();
  readonly labels = new Map<string, string>();
  /** New for each process. */
  bootId = randomUUID();
  draining = false;
  readonly #sessions = new Map<string, ChatSession>();
  readonly #options: OpenclawGatewayStateOptions;
  #journal: Journal;
  #inputs = 0;

  constructor(options: OpenclawGatewayStateOptions) {
    this.#options = options;
    const { historyFile } = options;
    this.#journal = historyFile === undefined ? noJournal : openJournal(historyFile);
    if (historyFile !== undefined) this.#restore(historyFile);
  }

  get agents(): readonly string[] {
    return this.#options.agents;
  }

  get queueMode(): QueueMode {
    return this.#options.timing.queueMode;
  }

  /** Accepts any spelling of the key. */
  find(sessionKey: string): ChatSession | undefined {
    return this.#sessions.get(canonicalKey(sessionKey));
  }

  /** Creates a missing session, as an OpenClaw gateway does. */
  session(sessionKey: string, identity?: SessionIdentity): ChatSession {
    const key = canonicalKey(sessionKey);
    const existing = this.#sessions.get(key);
    if (existing) return existing;
    const session = new ChatSession(
      {
        timing: this.#options.timing,
        runs: this.runs,
        chat: (runId, content) => this.#chat(runId, key, content),
        record: (entry) => this.#journal.record(key, entry),
        outcome: () => this.outcomes.of(key),
        nextInput: () => ++this.#inputs,
      },
      identity,
    );
    this.#sessions.set(key, session);
    return session;
  }

  delete(sessionKey: string): boolean {
    const key = canonicalKey(sessionKey);
    this.#sessions.get(key)?.reset();
    this.labels.delete(key);
    this.#journal.record(key, { kind: 'deleted' });
    return this.#sessions.delete(key);
  }

  label(sessionKey: string, label: string | null): void {
    const key = canonicalKey(sessionKey);
    if (label === null) this.labels.delete(key);
    else this.labels.set(key, label);
    this.#journal.record(key, { kind: 'label', label });
  }

  /** Accepted messages by canonical session key. Sessions without messages are omitted. */
  received(): Record<string, readonly ReceivedMessage[]> {
    return this.#bySession(({ log }) => log.received);
  }

  /** Messages that an agent got, by canonical session key. */
  consumed(): Record<string, readonly ReceivedMessage[]> {
    return this.#bySession(({ log }) => log.consumed);
  }

  /** @param text as it was sent; another text under the same key is a conflict */
  accept(
    message: ReceivedMessage,
    text: string,
    options: { mode?: QueueMode | undefined; timeoutMs?: number | undefined } = {},
  ): { readonly interruptedActiveRun: boolean } {
    this.runs.begin(message.idempotencyKey, text);
    return this.session(message.sessionKey).accept(message, options);
  }

  /** The effect of SIGTERM, until `kill` ends the process. */
  drain(): void {
    this.draining = true;
    for (const session of this.#sessions.values()) session.drain();
  }

  get hasActiveRuns(): boolean {
    return [...this.#sessions.values()].some(({ turns }) => turns.run !== null);
  }

  /** Has the effect of the end of the process (`kill -9`, or SIGTERM after `drain`) and a new one. */
  kill(fate: (message: ReceivedMessage) => Kept | undefined = () => undefined): void {
    this.runs.clear();
    this.draining = false;
    this.bootId = randomUUID();
    for (const [key, session] of this.#sessions) {
      const interrupted = session.kill(fate);
      if (interrupted) this.#recoverLater(session);
      if (!session.log.durable) this.#sessions.delete(key);
    }
  }

  close(): void {
    this.#journal.close();
    this.#journal = noJournal;
  }

  #recoverLater(session: ChatSession): void {
    const { bootId } = this;
    const recover = () => {
      if (this.bootId === bootId) session.turns.recover();
    };
    setTimeout(recover, this.#options.recoveryDelayMs).unref();
  }

  #chat(runId: string, sessionKey: string, content: ChatContent): void {
    this.#options.chat({ runId, sessionKey, ...content });
  }

  #bySession(
    of: (session: ChatSession) => readonly ReceivedMessage[],
  ): Record<string, readonly ReceivedMessage[]> {
    const sessions = [...this.#sessions].map(([key, session]) => [key, [...of(session)]] as const);
    return Object.fromEntries(sessions.filter(([, messages]) => messages.length > 0));
  }

  #restore(historyFile: string): void {
    const running = new Set<string>();
    for (const entry of readJournal(historyFile)) {
      const { sessionKey } = entry;
      if (entry.kind === 'session') this.session(sessionKey, entry);
      else if (entry.kind === 'deleted') this.#sessions.delete(sessionKey);
      else if (entry.kind === 'label') {
        if (entry.label === null) this.labels.delete(sessionKey);
        else this.labels.set(sessionKey, entry.label);
      } else if (entry.kind === 'run_started') running.add(sessionKey);
      else if (entry.kind === 'run_ended') running.delete(sessionKey);
      else this.session(sessionKey).log.restore(entry);
    }
    for (const session of this.#sessions.values()) session.turns.status = 'done';
    for (const key of running) this.#recoverLater(this.session(key));
  }
}
