import { Worker } from 'node:worker_threads';
import { Progress } from './progress.ts';
import type { Answers, Batch, WorkerData } from './worker.ts';

/** Why a thread ended while it worked on a payload. */
export interface ThreadEnd {
  /** Of the payload in its batch. */
  readonly index: number;
  readonly code: 'timeout' | 'memory' | 'error';
  /** Of a processor; what it may take, if it is not known. */
  readonly tookMs: number;
}

/** How long the rules of one payload may take, in milliseconds of a processor: a busy machine gives fewer of them, and ends nothing sooner. */
const longestMs = 50;
/** How long a payload may take in all, by the clock: its body is decoded first, and a thread that is out of memory measures nothing. */
const longestWaitMs = 2_000;
const lookEveryMs = 5;
/** Whatever has taken so long now would be over the limit at the next look, if that comes a little late. */
const endsAfterMs = longestMs - 2 * lookEveryMs;

const megabytes = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** A thread that evaluates rules. It works on one batch at a time, and ends with the first evaluation that exceeds a limit. */
export class EvaluatingThread {
  readonly #worker: Worker;
  readonly #progress = new Progress();
  readonly #listener: { answered: (answers: Answers) => void; ended: (end: ThreadEnd) => void };
  #isReady = false;
  #waiting: Batch | null = null;
  #watch: NodeJS.Timeout | undefined;
  #over = false;

  constructor(listener: { answered: (answers: Answers) => void; ended: (end: ThreadEnd) => void }) {
    this.#listener = listener;
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      workerData: { progress: this.#progress.shared } satisfies WorkerData,
      resourceLimits: megabytes,
      // It has no use for the variables of the service, which contain secrets.
      env: {},
    });
    this.#worker.unref();
    this.#worker.on('message', (message: 'ready' | Answers) => {
      if (this.#over) return;
      if (message === 'ready') this.#begin();
      else {
        clearInterval(this.#watch);
        this.#listener.answered(message);
      }
    });
    this.#worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'error', longestMs),
    );
    this.#worker.on('exit', () => this.#end('error', longestMs));
  }

  send(batch: Batch): void {
    this.#waiting = batch;
    if (this.#isReady) this.#begin();
  }

  async end(): Promise<void> {
    this.#over = true;
    clearInterval(this.#watch);
    await this.#worker.terminate();
  }

  #begin(): void {
    this.#isReady = true;
    const batch = this.#waiting;
    if (!batch) return;
    this.#waiting = null;
    this.#progress.decoding(0);
    this.#worker.postMessage(batch);
    this.#watch = this.#watchOver();
  }

  #watchOver(): NodeJS.Timeout {
    let seen = { step: -1, since: 0 };
    return setInterval(() => {
      const { step, isEvaluating } = this.#progress;
      const now = performance.now();
      if (step !== seen.step) seen = { step, since: now };
      else if (now - seen.since > longestWaitMs) this.#end('timeout', longestMs);
      else if (isEvaluating) void this.#endIfTooLong(step);
    }, lookEveryMs);
  }

  async #endIfTooLong(step: number): Promise<void> {
    const { begunAtMs } = this.#progress;
    const tookMs = (await this.#processorMs()) - begunAtMs;
    // Another batch may have come to the same step meanwhile.
    const isStill = this.#progress.step === step && this.#progress.begunAtMs === begunAtMs;
    if (isStill && tookMs >= endsAfterMs) this.#end('timeout', tookMs);
  }

  /** What the thread has used so far. NaN: it has ended. */
  async #processorMs(): Promise<number> {
    try {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1000;
    } catch {
      return Number.NaN;
    }
  }

  #end(code: ThreadEnd['code'], tookMs: number): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#watch);
    const { index } = this.#progress;
    void this.#worker.terminate();
    this.#listener.ended({ index, code, tookMs });
  }
}
