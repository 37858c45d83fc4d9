import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** The memory of a process; null if the system does not report it. */
export const residentMebibytes = (pid: number | undefined): number | null => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
  } catch {
    return null;
  }
};

/** How much processor time a process has used, with its children, ended ones included. NaN if the system does not report it. */
export const cpuMs = (pid: number | undefined): number => {
  try {
    const own = statOf(Number(pid));
    const children = processIds().flatMap((id) => statOf(id) ?? []);
    const ticks = children.reduce((sum, child) => sum + (child.parent === pid ? child.ticks : 0), 0);
    return own ? ((own.ticks + own.ticksOfEndedChildren + ticks) * 1000) / ticksPerSecond() : Number.NaN;
  } catch {
    return Number.NaN;
  }
};

/** The same without its children. */
export const ownCpuMs = (pid: number): number =>
  ((statOf(pid)?.ticks ?? Number.NaN) * 1000) / ticksPerSecond();

/** The process of the Postgres server, whose children serve the connections. */
export const postgresPid = async (url: string): Promise<number | undefined> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return statOf(rows[0]?.pid ?? 0)?.parent;
  } finally {
    await client.end();
  }
};

const processIds = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((id) => id > 0);

/** null: it has ended, or the system does not report it. */
const statOf = (pid: number) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, may contain blanks. These are the fields from the third on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [parent = 0, user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = [1, 11, 12, 13, 14].map(
      (n) => Number(fields[n]),
    );
    return { parent, ticks: user + system, ticksOfEndedChildren: childrenUser + childrenSystem };
  } catch {
    return null;
  }
};

let clock: number | null = null;
const ticksPerSecond = (): number => {
  clock ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return clock;
};
