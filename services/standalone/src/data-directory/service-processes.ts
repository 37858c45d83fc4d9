import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, identifyProcess, type ProcessIdentity } from '@mission-control/embedded-servers';
import { writeWhole } from './write-whole.ts';

const name = 'services.json';
const endSteps = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
] as const;

export interface ServiceProcesses {
  /** Records the process that now runs the service. */
  readonly note: (service: string, pid: number) => Promise<void>;
  readonly forget: () => void;
}

/** Remembers the processes of the services, so that the start after a kill can end them. */
export const rememberServices = (directory: string): ServiceProcesses => {
  const path = join(directory, name);
  const known: Record<string, ProcessIdentity> = {};
  return {
    note: async (service, pid) => {
      const identity = await identifyProcess(pid);
      if (!identity) return;
      known[service] = identity;
      writeWhole(path, JSON.stringify(known));
    },
    forget: () => rmSync(path, { force: true }),
  };
};

/**
 * Ends the services that a killed run left behind. A process that has merely reused the pid of one is not touched.
 *
 * @returns their names
 */
export const endLeftServices = async (directory: string): Promise<string[]> => {
  const path = join(directory, name);
  const left = read(path);
  const ended = await Promise.all(
    Object.entries(left).map(async ([service, identity]) => {
      const running = (await identifyProcess(identity.pid))?.startedAt === identity.startedAt;
      if (running) await endProcess(identity, endSteps);
      return running ? [service] : [];
    }),
  );
  rmSync(path, { force: true });
  return ended.flat();
};

const read = (path: string): Record<string, ProcessIdentity> => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, ProcessIdentity>;
  } catch {
    return {};
  }
};
