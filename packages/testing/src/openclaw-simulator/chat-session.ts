import { type ActiveRun, endOf, runOf } from './active-run.ts';
import type { QueueMode, ReceivedMessage } from './messages.ts';
import { aborted, failed, refusedByDrain } from './run-outcome.ts';
import { type Kept, type SessionIdentity, SessionLog } from './session-log.ts';
import { after } from './timing.ts';
import { type SessionHost, Turns } from './turns.ts';

/**
 * One session as a real OpenClaw gateway keeps it.
 *
 * - `idle`: a message begins a run. In a session that has a history, the message is a pending input until its row is written. In a new
 *   session nothing knows it but the process.
 * - `starting`: the row is not written yet.
 * - `running`: the model is called. Messages wait as pending inputs. `steer` ones join the run after the call. `followup` and `collect`
 *   ones begin runs of their own, with ids that no client knows, when the run has ended. An `interrupt` one ends the run.
 */
export class ChatSession {
  readonly log: SessionLog;
  readonly turns: Turns;
  readonly #host: SessionHost;

  constructor(host: SessionHost, identity?: SessionIdentity) {
    this.#host = host;
    this.log = new SessionLog(host, identity);
    this.turns = new Turns(this.log, host);
  }

  accept(
    message: ReceivedMessage,
    { mode, timeoutMs }: { mode?: QueueMode | undefined; timeoutMs?: number | undefined },
  ): { readonly interruptedActiveRun: boolean } {
    const queueMode = mode ?? this.#host.timing.queueMode;
    this.log.received.push(message);
    const interruptedActiveRun = queueMode === 'interrupt' && this.turns.run !== null;
    if (interruptedActiveRun) this.#interrupt();
    if (this.turns.run) this.#enqueue(message, queueMode);
    else this.#start(message, queueMode, timeoutMs);
    return { interruptedActiveRun };
  }

  /** Ends the run, if there is one. A message without a row leaves none. */
  abort(stopReason: 'rpc' | 'restart'): string | null {
    const run = this.turns.take();
    if (!run) return null;
    if (run.request && !run.running) this.log.forget(run.request);
    this.turns.end(run, aborted(this.#endOf(run, run.running ? 7 : 1), stopReason));
    this.turns.next();
    return run.runId;
  }

  /** Ends the run of that message with an error, whether its row is written or not. */
  fail(idempotencyKey: string): void {
    const { run } = this.turns;
    if (run?.request?.idempotencyKey !== idempotencyKey) return;
    this.turns.take();
    if (!run.running) this.log.write([run.request]);
    this.turns.end(run, failed(this.#endOf(run, 4), { kind: 'error' }));
    this.turns.next();
  }

  /** Clients see only what follows. Messages that waited lose their turn. */
  reset(): void {
    for (const { message } of this.turns.queued) this.#interruptInput(message);
    this.abort('restart');
    this.log.reset();
    this.turns.status = undefined;
  }

  /** The process has got SIGTERM: it begins no run, and waits for those in progress. */
  drain(): void {
    this.turns.draining = true;
    const { run } = this.turns;
    if (run && !run.running) {
      this.turns.take();
      if (run.request) this.log.write([run.request]);
      this.turns.end(run, refusedByDrain(this.#endOf(run, 4)));
    }
    for (const { message, mode } of this.turns.queued) {
      if (mode === 'steer') {
        this.#interruptInput(message);
        continue;
      }
      this.log.write([message]);
      const errorMessage = 'GatewayDrainingError: Gateway is draining; new tasks are not accepted';
      this.#host.chat(message.idempotencyKey, { seq: 1, state: 'error', errorMessage });
    }
  }

  /**
   * The process ends. Returns whether a run was in progress, which the next process finds out.
   * @param fate overrides what becomes of the messages without a row
   */
  kill(fate: (message: ReceivedMessage) => Kept | undefined): boolean {
    const run = this.turns.take();
    this.turns.draining = false;
    const waiting = this.turns.queued.map(({ message }) => message);
    const unwritten = run && !run.running ? run.request : null;
    if (unwritten) this.turns.status = this.log.history.length > 0 ? 'done' : undefined;
    if (unwritten && !waiting.includes(unwritten)) this.log.keep(unwritten, fate(unwritten) ?? 'nothing');
    for (const message of waiting) this.log.keep(message, fate(message) ?? 'interrupted');
    return run?.running ?? false;
  }

  #start(message: ReceivedMessage, mode: QueueMode, timeoutMs: number | undefined): void {
    const { timing } = this.#host;
    const run = runOf(message, timeoutMs);
    this.turns.run = run;
    this.turns.status = 'running';
    if (this.log.history.length > 0) this.log.addInput(message, mode);
    after(timing.historyDelayMs, async () => {
      if (timing.historyHeldUntil) await timing.historyHeldUntil;
      // It may have been aborted or killed in the meantime.
      if (this.turns.run !== run) return;
      this.log.write([message]);
      this.turns.begin(run);
    });
  }

  #enqueue(message: ReceivedMessage, mode: QueueMode): void {
    this.log.addInput(message, mode);
    if (mode === 'steer') return;
    // The request is done as soon as the message is in the queue.
    this.#host.runs.queued(message.idempotencyKey);
    this.#host.chat(message.idempotencyKey, { seq: 1, state: 'final' });
  }

  /** Another message takes over. Those that waited lose their turn, and so does one whose row is not written. */
  #interrupt(): void {
    const run = this.turns.take();
    for (const { message } of this.turns.queued) this.#interruptInput(message);
    if (!run) return;
    if (run.running) this.turns.end(run, aborted(this.#endOf(run, 7), 'aborted'));
    else if (run.request && this.log.history.length === 0) this.log.forget(run.request);
  }

  #interruptInput(message: ReceivedMessage): void {
    this.log.interrupt(message);
    this.turns.leave(message);
  }

  #endOf(run: ActiveRun, seq: number) {
    return endOf(run, this.log.identity.sessionId, seq);
  }
}
