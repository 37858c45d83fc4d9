import { type ActiveRun, agentOf, endingOf, type Reached, runOf, runWithoutRequest } from './active-run.ts';
import {
  assistantMessage,
  type ChatContent,
  type PendingInput,
  type ReceivedMessage,
  textParts,
} from './messages.ts';
import { nextTurn, steered } from './queue.ts';
import type { RunEnding, RunOutcome, SessionStatus } from './run-outcome.ts';
import type { Runs } from './runs.ts';
import type { LogHost, SessionLog } from './session-log.ts';
import { after, type SessionTiming } from './timing.ts';

/** What a session needs of its OpenClaw gateway. */
export interface SessionHost extends LogHost {
  readonly timing: SessionTiming;
  readonly runs: Runs;
  /** A `chat` event for every client. */
  chat(runId: string, content: ChatContent): void;
  /** What becomes of the run whose model call begins now. */
  outcome(): RunOutcome;
}

/** The agent's work in one session: one run at a time, from its first model call to the next message out of the queue. */
export class Turns {
  run: ActiveRun | null = null;
  status: SessionStatus | undefined;
  lastRun: { readonly id: string; readonly error: string | null } | null = null;
  /** The process is about to end: no run begins. */
  draining = false;
  readonly #log: SessionLog;
  readonly #host: SessionHost;

  constructor(log: SessionLog, host: SessionHost) {
    this.#log = log;
    this.#host = host;
  }

  /** Without the message whose run is about to begin. */
  get queued(): readonly PendingInput[] {
    const { request = null } = this.run ?? {};
    return this.#log.pending.filter(({ state, message }) => state === 'queued' && message !== request);
  }

  /** The session has no run from now on. Returns the one that it had; what it still does has no effect. */
  take(): ActiveRun | null {
    const { run } = this;
    this.run = null;
    return run;
  }

  /** The run's message has its row. */
  begin(run: ActiveRun): void {
    run.running = true;
    this.run = run;
    this.status = 'running';
    this.#host.record({ kind: 'run_started', runId: run.runId });
    this.#host.chat(run.runId, { ...agentOf(run), seq: 4, state: 'status', phase: 'starting_model' });
    this.#callModel(run);
  }

  end(run: ActiveRun, ending: RunEnding): void {
    for (const row of ending.rows) this.#log.append(row);
    this.#host.record({ kind: 'run_ended' });
    this.status = ending.status;
    this.lastRun = { id: run.runId, error: ending.status === 'failed' ? ending.failure : null };
    this.#host.runs.ended(run.runId, ending);
    for (const content of ending.chats) this.#host.chat(run.runId, content);
  }

  /** Begins the run of whatever waits. */
  next(): void {
    if (this.draining) return;
    const turn = nextTurn(this.queued, this.#log.identity.sessionId);
    const [first] = turn?.inputs ?? [];
    if (!turn || !first) return;
    const messages = turn.inputs.map(({ message }) => message);
    if (turn.row) this.#log.write(messages, turn);
    else for (const message of messages) this.#log.write([message]);
    if (first.mode === 'steer') {
      for (const message of messages.slice(1)) this.leave(message);
      this.begin(runOf(first.message));
      return;
    }
    const run = runWithoutRequest();
    this.#host.runs.begin(run.runId, null);
    this.begin(run);
  }

  /** What a process does about a run that the end of an earlier one cut off. */
  recover(): void {
    if (this.run) return;
    const run = runWithoutRequest();
    this.#log.append({
      role: 'user',
      content:
        '[System] Your previous turn was interrupted by a gateway restart while OpenClaw was waiting on tool/model work.',
      idempotencyKey: `${run.runId}:user`,
    });
    this.begin(run);
  }

  /** The request is done without its own run. */
  leave({ idempotencyKey }: ReceivedMessage): void {
    this.#host.runs.left(idempotencyKey);
    this.#host.chat(idempotencyKey, { seq: 1, state: 'final' });
  }

  #callModel(run: ActiveRun): void {
    const outcome = this.#host.outcome();
    if (outcome.kind !== 'never_ends') {
      after(this.#host.timing.runMs, () => this.#modelAnswered(run, outcome));
    } else if (run.timeoutMs !== undefined) {
      after(run.timeoutMs, () => this.#modelAnswered(run, { kind: 'timed_out' }));
    }
  }

  #modelAnswered(run: ActiveRun, outcome: Reached): void {
    if (this.run !== run) return;
    if (outcome.kind === 'ok' && this.#goesOn(run, outcome.text ?? 'Noted.')) return;
    this.run = null;
    this.end(run, endingOf(run, this.#log.identity.sessionId, outcome));
    this.next();
  }

  /** Returns whether messages joined the run, so that the model is called again. */
  #goesOn(run: ActiveRun, text: string): boolean {
    run.texts.push(text);
    const message = assistantMessage(text);
    this.#host.chat(run.runId, { ...agentOf(run), seq: 6, state: 'delta', deltaText: text, message });
    this.#log.append({ role: 'assistant', content: textParts(text), stopReason: 'stop', runId: run.runId });
    const joining = steered(this.queued);
    for (const input of joining) {
      this.#log.write([input.message]);
      this.leave(input.message);
    }
    if (joining.length === 0) return false;
    this.#callModel(run);
    return true;
  }
}
