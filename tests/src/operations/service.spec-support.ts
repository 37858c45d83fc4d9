import { waitFor } from '@mission-control/testing';
import { type StartedProcess, startProcess } from '../system/service-process.ts';
import type { serviceNames } from '../system/standalone.ts';

export type ServiceName = (typeof serviceNames)[number];

interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { ok: boolean; reason?: string }>>;
}

/** One process of one service, which can be stopped and started on the same ports. */
export interface Service {
  readonly name: ServiceName;
  readonly instance: string;
  /** Its public address. Empty for a service without one. */
  readonly url: string;
  readonly running: () => boolean;
  readonly output: () => string;
  readonly pid: () => number;
  /** What /readyz says; null while it does not answer. */
  readonly readiness: () => Promise<Readiness | null>;
  /** The answer of /metrics. Throws while there is none. */
  readonly metrics: () => Promise<string>;
  /** Resolves when /readyz answers 200. */
  readonly ready: () => Promise<void>;
  /** @param root another checkout, with a trailing slash; by default this one */
  readonly start: (root?: string) => void;
  /** SIGTERM, and resolves when it has ended. One that waits for load balancers is told by a second one not to. */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

export interface ServiceOptions {
  readonly managementPort: number;
  /** For gateway and admin-api. */
  readonly port?: number;
  readonly env: Record<string, string | undefined>;
  /** Another checkout, with a trailing slash. */
  readonly root?: string;
  /** A program and its arguments, which runs the service given after them in its own process. */
  readonly within?: readonly string[];
}

const patience = { timeout: 240_000 };

export const startService = (name: ServiceName, options: ServiceOptions): Service => {
  const { managementPort, port } = options;
  const management = `http://127.0.0.1:${managementPort}`;
  let output = '';
  let current: StartedProcess | null = null;
  const start = (root?: string) => {
    current = startProcess(`services/${name}/dist/main.js`, {
      ...(root !== undefined && { root }),
      ...(options.within && { within: options.within }),
      env: {
        LOG_FORMAT: 'json',
        ...options.env,
        MANAGEMENT_PORT: String(managementPort),
        ...(port !== undefined && { PORT: String(port), HOST: '127.0.0.1' }),
      },
    });
  };
  const ended = () => {
    output += current?.output() ?? '';
    current = null;
  };
  const readiness = async (): Promise<Readiness | null> => {
    const answer = await fetch(`${management}/readyz`, { signal: AbortSignal.timeout(30_000) }).catch(
      () => null,
    );
    return answer === null ? null : ((await answer.json()) as Readiness);
  };
  start(options.root);
  return {
    name,
    instance: `127.0.0.1:${managementPort}`,
    url: port === undefined ? '' : `http://127.0.0.1:${port}`,
    running: () => current !== null,
    output: () => output + (current?.output() ?? ''),
    pid: () => current?.child.pid ?? 0,
    readiness,
    metrics: async () => {
      const answer = await fetch(`${management}/metrics`, { signal: AbortSignal.timeout(30_000) });
      if (!answer.ok) throw new Error(`${name} answers ${answer.status} to /metrics`);
      return answer.text();
    },
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
      ended();
    },
    kill: async () => {
      current?.child.kill('SIGKILL');
      await current?.exited;
      ended();
    },
  };
};
