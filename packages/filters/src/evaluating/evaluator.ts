import { Budget } from './budget.ts';
import type { PayloadRules, Verdict } from './evaluate.ts';
import type { KeyRule, KeyVerdict } from './evaluate-key.ts';
import type { EvaluatedPayload } from './result.ts';
import { EvaluatingThread, type ThreadEnd } from './thread.ts';
import type { Answer, Question } from './worker.ts';

interface Job {
  readonly webhookId: string;
  readonly question: Question;
  readonly payload: EvaluatedPayload;
  readonly answer: (answer: Answer) => void;
}

export interface EvaluatorOptions {
  readonly budget?: Budget;
  /** Called after each evaluation, with the processor time that it took; null: it was not run, because its webhook is suspended. */
  readonly evaluated?: (answer: Answer, tookMs: number | null) => void;
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
  /** Once a thread has ended, another one is always ready: to start one takes longer than an evaluation may. */
  #spare: EvaluatingThread | null = null;
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
    payload: EvaluatedPayload,
  ): Promise<Verdict> {
    const rules = { notifyWhen, ignoreActors, actor, eventType };
    return this.#ask<Verdict>(webhookId, { asks: 'verdict', rules }, payload);
  }

  /** What the payload has in common with others. Never rejects. Never resolves after `close`. */
  keyOf(webhookId: string, rule: KeyRule, payload: EvaluatedPayload): Promise<KeyVerdict> {
    return this.#ask<KeyVerdict>(webhookId, { asks: 'key', rule }, payload);
  }

  #ask<A extends Answer>(
    webhookId: string,
    question: Question,
    { body, contentType, inflated, headers, sourceIp, verification }: EvaluatedPayload,
  ): Promise<A> {
    const payload = { body, contentType, inflated, headers, sourceIp, verification };
    return new Promise((resolve) => {
      this.#queue.push({ webhookId, question, payload, answer: (answer) => resolve(answer as A) });
      // What is added in the same turn of the event loop goes into the same message.
      if (this.#queue.length === 1) setImmediate(() => this.#next());
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#thread?.end(), this.#spare?.end()]);
  }

  #next(): void {
    if (this.#closed || this.#running.length > 0) return;
    this.#running = this.#take();
    if (this.#running.length === 0) return;
    this.#thread ??= this.#start();
    this.#thread.send({ jobs: this.#running.map(({ question, payload }) => ({ question, payload })) });
  }

  #start(): EvaluatingThread {
    const thread: EvaluatingThread = new EvaluatingThread({
      answered: ({ answers }) => {
        const jobs = this.#running;
        this.#running = [];
        for (const [index, { answer, tookMs }] of answers.entries()) {
          const job = jobs[index];
          if (job) this.#answer(job, answer, tookMs);
        }
        this.#next();
      },
      ended: (end) => {
        if (thread === this.#spare) this.#spare = null;
        else this.#replace(end);
      },
    });
    return thread;
  }

  #take(): Job[] {
    const jobs: Job[] = [];
    let characters = 0;
    let taken = 0;
    for (const job of this.#queue) {
      characters += job.payload.body.data.length;
      if (jobs.length === mostJobs || (jobs.length > 0 && characters > mostCharacters)) break;
      taken += 1;
      if (runsExpression(job.question) && this.#budget.isSuspended(job.webhookId))
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
    this.#thread = this.#spare;
    this.#spare = this.#closed ? null : this.#start();
    if (culprit) this.#answer(culprit, { kind: 'failed', code }, tookMs, true);
    this.#next();
  }

  /** @param ended whether it ended at a limit */
  #answer(job: Job, answer: Answer, tookMs: number | null, ended = false): void {
    if (tookMs !== null) this.#budget.charge(job.webhookId, tookMs, ended);
    this.#evaluated(answer, tookMs);
    job.answer(answer);
  }
}

const runsExpression = (question: Question): boolean =>
  question.asks === 'key' || question.rules.notifyWhen !== null;
