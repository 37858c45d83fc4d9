import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { patience, within } from '../waiting.ts';

const here = import.meta.url;
const entry = fileURLToPath(new URL(here.endsWith('.ts') ? './main.ts' : './main.js', here));

/** A separate process that runs one of the roles in `roles.ts` and reports what it does as lines of JSON. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exited: Promise<number | null>;

  constructor(role: string, input: object) {
    this.#process = spawn(process.execPath, [entry, role, JSON.stringify(input)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('a child without standard output');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    this.#exited = new Promise((resolve) => this.#process.once('exit', (code) => resolve(code)));
  }

  /** The next line; undefined at the end of the output. */
  async line<T>(): Promise<T | undefined> {
    const { value, done } = await within(patience, 'a line of a child process', this.#lines.next());
    return done === true ? undefined : (JSON.parse(value) as T);
  }

  /** Tells the child to finish. */
  finish(): void {
    this.#process.stdin?.end();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  /** The exit code. */
  exited(): Promise<number | null> {
    return within(patience, 'the end of a child process', this.#exited);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
