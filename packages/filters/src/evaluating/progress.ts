/** How far a thread is with its batch. It is in memory that threads share, because a thread that evaluates sends no messages. */
export class Progress {
  readonly shared: SharedArrayBuffer;
  readonly #step: Int32Array;
  readonly #begunAtMs: Float64Array;

  /** @param shared that of another thread; by default, it is new */
  constructor(shared = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#step = new Int32Array(shared, 0, 1);
    this.#begunAtMs = new Float64Array(shared, 8, 1);
  }

  /** Another number for each payload, and another once its rules are evaluated. */
  get step(): number {
    return Atomics.load(this.#step, 0);
  }

  /** Of the payload in progress, in its batch. */
  get index(): number {
    return Math.floor(this.step / 2);
  }

  /** false: the body is decoded first. */
  get isEvaluating(): boolean {
    return this.step % 2 === 1;
  }

  /** What the thread had used of a processor when the evaluation began, in milliseconds. */
  get begunAtMs(): number {
    return this.#begunAtMs[0] ?? Number.NaN;
  }

  decoding(index: number): void {
    Atomics.store(this.#step, 0, 2 * index);
  }

  evaluating(index: number, begunAtMs: number): void {
    this.#begunAtMs[0] = begunAtMs;
    Atomics.store(this.#step, 0, 2 * index + 1);
  }
}
