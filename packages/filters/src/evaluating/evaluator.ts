import { Budget } from './budget.ts';
import type { EvaluatedPayload, PayloadRules, Verdict } from './evaluate.ts';
import { EvaluatingThread, type ThreadEnd } from './thread.ts';

interface Job {
  readonly webhookId: string;
  readonly rules: PayloadRules;
  readonly payload: EvaluatedPayload;
  readonly answer: (verdict: Verdict) => void;
}

export interface EvaluatorOptions {
  readonly budget?: Budget;
  /** Called after each evaluation, with the processor time that it took; null: it had no result within its limits. */
  readonly evaluated?: (verdict: Verdict, tookMs: number | null) => void;
}

/** Payloads in one message to the thread. */
const mostJobs = 64;
/** Characters of bodies in one message, unless one body is larger. */
const mostCharacters = 4_194_304;

/**
 * Evaluates the rules of webhooks in a thread, in batches. An evaluation that takes more than 50 ms of a processor, or too much memory,
 * ends with its thread; the others are evaluated in the next one.
 */
export class Evaluator {
  readonly #budget: Budget;
  readonly #evaluated: NonNullable<EvaluatorOptions['evaluated']>;
  #queue: Job[] = [];
  #running: readonly Job[] = [];
  #thread: EvaluatingThread | null = null;
  #closed = false;

  constructor({ budget = new Budget(), evaluated = () => {} }: EvaluatorOptions = {}) {
    this.#budget = budget;
    this.#evaluated = evaluated;
  }

  /** The number of webhooks whose expressions are not run for now. */
  get suspended(): number {
    return this.#budget.suspended;
  }

  /**
   * Never rejects. Never resolves after `close`.
   *
   * @param rules a webhook, for example; the thread gets only what a verdict may depend on, of these and of the payload
   */
  evaluate(
    webhookId: string,
    { notifyWhen, ignoreActors, actor, eventType }: PayloadRules,
    { body, contentType, inflated, headers, sourceIp, verification }: EvaluatedPayload,
  ): Promise<Verdict> {
    const rules = { notifyWhen, ignoreActors, actor, eventType };
    const payload = { body, contentType, inflated, headers, sourceIp, verification };
    return new Promise((answer) => {
      this.#queue.push({ webhookId, rules, payload, answer });
      // What is added in the same turn of the event loop goes into the same message.
      if (this.#queue.length === 1) setImmediate(() => this.#next());
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.end();
  }

  #next(): void {
    if (this.#closed || this.#running.length > 0) return;
    this.#running = this.#take();
    if (this.#running.length === 0) return;
    this.#thread ??= new EvaluatingThread({
      answered: (answers) => {
        const jobs = this.#running;
        this.#running = [];
        for (const [index, { verdict, tookMs }] of answers.verdicts.entries()) {
          const job = jobs[index];
          if (job) this.#answer(job, verdict, tookMs);
        }
        this.#next();
      },
      ended: (end) => this.#replace(end),
    });
    this.#thread.send({ jobs: this.#running.map(({ rules, payload }) => ({ rules, payload })) });
  }

  #take(): Job[] {
    const jobs: Job[] = [];
    let characters = 0;
    let taken = 0;
    for (const job of this.#queue) {
      characters += job.payload.body.data.length;
      if (jobs.length === mostJobs || (jobs.length > 0 && characters > mostCharacters)) break;
      taken += 1;
      if (job.rules.notifyWhen !== null && this.#budget.isSuspended(job.webhookId))
        this.#answer(job, { kind: 'failed', code: 'suspended' }, null);
      else jobs.push(job);
    }
    this.#queue = this.#queue.slice(taken);
    return jobs;
  }

  /** The thread has ended while it worked on a payload. The payloads around it are evaluated again. */
  #replace({ index, code, tookMs }: ThreadEnd): void {
    const culprit = this.#running[index];
    this.#queue = [...this.#running.filter((job) => job !== culprit), ...this.#queue];
    this.#running = [];
    this.#thread = null;
    if (culprit) {
      this.#budget.charge(culprit.webhookId, tookMs);
      this.#evaluated({ kind: 'failed', code }, null);
      culprit.answer({ kind: 'failed', code });
    }
    this.#next();
  }

  #answer(job: Job, verdict: Verdict, tookMs: number | null): void {
    if (tookMs !== null) this.#budget.charge(job.webhookId, tookMs);
    this.#evaluated(verdict, tookMs);
    job.answer(verdict);
  }
}
