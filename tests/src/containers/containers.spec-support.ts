import { freePort } from '@mission-control/free-ports';
import { answersOk, type StartedProcess, startProcess } from '../system/service-process.ts';
import type { AssembledImage } from './assembled.spec-support.ts';
import { type ComposeFile, composePath, readComposeFile, serviceIn } from './compose-file.spec-support.ts';

const readyWithinMs = 180_000;

/** The ports that the image's documentation names. In a container, no other service has them. */
const listeningOn = ['gateway', 'admin-api'];

export interface ContainerProcess {
  readonly process: StartedProcess;
  readonly url: string;
  readonly managementUrl: string;
}

/** Starts services of docker-compose.yml as plain processes: the image's program and environment, and exactly the file's environment. */
export class Containers {
  readonly #file: ComposeFile = readComposeFile(composePath);
  readonly #image: AssembledImage;
  readonly #secrets: string;
  readonly #running = new Map<string, ContainerProcess>();

  /** @param secrets the folder that stands for /run/secrets */
  constructor(image: AssembledImage, secrets: string) {
    this.#image = image;
    this.#secrets = secrets;
  }

  get running(): ReadonlyMap<string, ContainerProcess> {
    return this.#running;
  }

  /** The environment in the container, where other containers' addresses are those of the processes. */
  environmentOf(name: string): Record<string, string> {
    const entries = Object.entries(serviceIn(this.#file, name).environment ?? {}).map(([variable, value]) => [
      variable,
      this.#address(value.replace(/^\/run\/secrets\//, `${this.#secrets}/`)),
    ]);
    return { ...this.#image.env, ...Object.fromEntries(entries) };
  }

  #address(value: string): string {
    const [, name = ''] = /^http:\/\/([a-z-]+):\d+$/.exec(value) ?? [];
    return this.#running.get(name)?.url ?? value;
  }

  /** Starts a service without waiting for it. */
  run(name: string, env: Readonly<Record<string, string>>, args: readonly string[] = []): StartedProcess {
    const [script = ''] = serviceIn(this.#file, name).command ?? [];
    const { root, uid, compileCache } = this.#image;
    const processEnv = { NODE_COMPILE_CACHE: compileCache, ...env };
    return startProcess(script, { root, cwd: root, uid, args, env: processEnv });
  }

  /** Starts a service, and waits until the container would be healthy. */
  async start(name: string): Promise<ContainerProcess> {
    return this.#startAt(name, await freePort(), await freePort());
  }

  /** Replaces a container by one with the same address. */
  async replace(name: string): Promise<ContainerProcess> {
    const one = this.#running.get(name);
    if (!one) throw new Error(`${name} does not run.`);
    await one.process.stop();
    return this.#startAt(name, Number(new URL(one.url).port), Number(new URL(one.managementUrl).port));
  }

  async #startAt(name: string, port: number, management: number): Promise<ContainerProcess> {
    const started = this.run(name, {
      ...this.environmentOf(name),
      ...(listeningOn.includes(name) && { PORT: String(port) }),
      MANAGEMENT_PORT: String(management),
    });
    const one = {
      process: started,
      url: `http://127.0.0.1:${port}`,
      managementUrl: `http://127.0.0.1:${management}`,
    };
    this.#running.set(name, one);
    await Promise.race([
      answersOk(`${one.managementUrl}/readyz`, readyWithinMs),
      started.exited.then((code) => {
        throw new Error(`${name} ended with ${code}:\n${started.output()}`);
      }),
    ]);
    return one;
  }

  /** Stops all as Compose does. Resolves to the exit codes. */
  async stop(): Promise<Record<string, number | null>> {
    const codes = await Promise.all(
      [...this.#running].reverse().map(async ([name, { process }]) => {
        await process.stop();
        return [name, await process.exited] as const;
      }),
    );
    this.#running.clear();
    return Object.fromEntries(codes);
  }
}
