import { join } from 'node:path';
import { type OpenClawSimulatorOptions, spawnOpenClawSimulator } from '@mission-control/testing';
import type { Consumed } from './each-once.spec-support.ts';

type Spawned = Awaited<ReturnType<typeof spawnOpenClawSimulator>>;
type Options = Omit<OpenClawSimulatorOptions, 'historyHeldUntil' | 'port' | 'token' | 'historyFile'>;

/** A simulated OpenClaw gateway as its own process, which keeps what a real one keeps when it is killed. */
export class OpenClawProcess {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly #historyFile: string;
  readonly #options: Options;
  #running: Spawned;

  private constructor(name: string, running: Spawned, historyFile: string, options: Options) {
    this.name = name;
    this.url = running.url;
    this.token = running.token;
    this.#running = running;
    this.#historyFile = historyFile;
    this.#options = options;
  }

  static async start(name: string, folder: string, options: Options = {}): Promise<OpenClawProcess> {
    const historyFile = join(folder, `${name.replaceAll(' ', '-')}.jsonl`);
    const running = await spawnOpenClawSimulator({ ...options, historyFile });
    return new OpenClawProcess(name, running, historyFile, options);
  }

  /** Its remote control, until it is killed. */
  get control(): Omit<Spawned, 'kill' | 'stop'> {
    return this.#running;
  }

  consumed(): Promise<Consumed> {
    return this.#running.consumed();
  }

  async kill(): Promise<void> {
    await this.#running.kill();
  }

  /** Starts it again, on the same port. @param options other ones than before */
  async start(options: Options = this.#options): Promise<void> {
    this.#running = await spawnOpenClawSimulator({
      ...options,
      port: Number(new URL(this.url).port),
      token: this.token,
      historyFile: this.#historyFile,
    });
  }

  async stop(): Promise<void> {
    await this.#running.stop();
  }
}
