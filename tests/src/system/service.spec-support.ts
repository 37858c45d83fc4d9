import { waitFor } from '@mission-control/testing';
import { type StartedProcess, startProcess } from './service-process.ts';
import type { serviceNames } from './standalone.ts';

export type ServiceName = (typeof serviceNames)[number];

interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { ok: boolean; reason?: string }>>;
}

/** One process of one service, which can be killed and started on the same ports. */
export interface Service {
  readonly name: ServiceName;
  /** Host and port of its management server. */
  readonly instance: string;
  /** Its public address, of those that have one. */
  readonly url: string;
  readonly output: () => string;
  readonly pid: () => number;
  /** What /readyz says; null while it does not answer. */
  readonly readiness: () => Promise<Readiness | null>;
  /** Resolves when /readyz answers 200. */
  readonly ready: () => Promise<void>;
  readonly start: () => void;
  /** SIGTERM. Resolves to the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly kill: () => Promise<void>;
}

const patience = { timeout: 240_000, pause: 100 };

export interface ServiceOptions {
  readonly port: number;
  readonly managementPort: number;
  /** The checkout that it is started from, with a trailing slash. */
  readonly root?: string | undefined;
  readonly env: Record<string, string | undefined>;
  /** The program that executes it; see startProcess. */
  readonly within?: readonly string[] | undefined;
  /** What the first process runs instead of the service's program, from sources. */
  readonly firstProgram?: string | undefined;
}

export const startService = (name: ServiceName, options: ServiceOptions): Service => {
  const instance = `127.0.0.1:${options.managementPort}`;
  let output = '';
  let current: StartedProcess | null = null;
  let { firstProgram } = options;
  const start = () => {
    current = startProcess(firstProgram ?? `services/${name}/dist/main.js`, {
      env: {
        LOG_FORMAT: 'json',
        ...options.env,
        PORT: String(options.port),
        MANAGEMENT_PORT: String(options.managementPort),
      },
      within: options.within,
      nodeArgs: firstProgram ? ['--conditions=source'] : [],
      root: options.root,
    });
    firstProgram = undefined;
  };
  const readiness = async (): Promise<Readiness | null> => {
    const answer = await fetch(`http://${instance}/readyz`, { signal: AbortSignal.timeout(30_000) }).catch(
      () => null,
    );
    return answer === null ? null : ((await answer.json()) as Readiness);
  };
  const ended = async () => {
    const code = await current?.exited;
    output += current?.output() ?? '';
    current = null;
    return code ?? null;
  };
  start();
  return {
    name,
    instance,
    url: `http://127.0.0.1:${options.port}`,
    output: () => output + (current?.output() ?? ''),
    pid: () => current?.child.pid ?? 0,
    readiness,
    ready: async () => {
      await waitFor(async () => {
        const state = await readiness();
        if (!state?.ready) throw new Error(`${name} is not ready: ${JSON.stringify(state?.checks)}`);
        return true;
      }, patience);
    },
    start,
    stop: async () => {
      await current?.stop();
      return ended();
    },
    kill: async () => {
      current?.child.kill('SIGKILL');
      await ended();
    },
  };
};
