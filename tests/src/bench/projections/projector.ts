import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type StartedProcess, startProcess } from '../../system/service-process.ts';
import { encryptionKey } from '../ingest/measured.ts';
import { residentMebibytes } from '../process-usage.ts';

/** The projections that are measured. Both read the arrivals, so the projector reads the log once for both. */
export const measuredProjections = ['payloads', 'memory'];

export interface ProjectorOptions {
  readonly eventStoreUrl: string;
  /** For read models apart from the log's own database. */
  readonly databaseUrl?: string;
  /** The id of the installation that has claimed the log, for a second set of read models. */
  readonly installationId?: string;
  /** Names, comma-separated; all if absent. */
  readonly projections?: string;
  /** The folder of another, compiled checkout; this repository if absent. */
  readonly against?: string | undefined;
  readonly cpuProf?: string | undefined;
  /** Yields the processor to the admin API, as under `npm start` with its default `BACKGROUND_NICE`. */
  readonly inBackground?: boolean;
}

export const startProjector = (options: ProjectorOptions): StartedProcess => {
  const { eventStoreUrl, databaseUrl = eventStoreUrl, against, cpuProf } = options;
  return startProcess('services/projector/dist/main.js', {
    ...(against !== undefined && { root: `${resolve(against)}/` }),
    ...(cpuProf !== undefined && { nodeArgs: ['--cpu-prof', `--cpu-prof-dir=${resolve(cpuProf)}`] }),
    ...(options.inBackground && { within: ['nice', '-n', '10'] }),
    env: {
      MANAGEMENT_PORT: '0',
      LOG_LEVEL: 'warn',
      EVENTSTORE_URL: eventStoreUrl,
      DATABASE_URL: databaseUrl,
      ENCRYPTION_KEY: encryptionKey.toString('base64'),
      ...(options.installationId && { INSTALLATION_ID: options.installationId }),
      ...(options.projections && { PROJECTIONS: options.projections }),
    },
  });
};

/** The checkpoints of read models. */
export class Checkpoints {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Waits until a projector has made the tables. */
  static async openOnceMigrated(databaseUrl: string): Promise<Checkpoints> {
    const client = new pg.Client({ connectionString: databaseUrl });
    // After a failure the server is stopped before this connection, and the failure is what matters.
    client.on('error', () => {});
    await client.connect();
    const isThere = `select from pg_tables where tablename = 'projection_checkpoints'`;
    while ((await client.query(isThere)).rowCount === 0) await delay(20);
    return new Checkpoints(client);
  }

  /** The position that every measured projection has reached; null: one of them has not begun. */
  async position(): Promise<bigint | null> {
    const { rows } = await this.#client.query<{ position: string | null }>({
      name: 'position',
      text: 'select position from projection_checkpoints where projection = any($1)',
      values: [measuredProjections],
    });
    if (rows.length < measuredProjections.length) return null;
    return rows.reduce<bigint>((least, row) => {
      const position = BigInt(row.position ?? -1);
      return position < least ? position : least;
    }, BigInt(Number.MAX_SAFE_INTEGER));
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

export interface Rebuilt {
  readonly seconds: number;
  /** Resident memory every quarter of a second, mebibytes. */
  readonly mebibytes: readonly number[];
}

/** Waits until the projector has filled the read models up to a position. Counts from the time at which it has taken over both. */
export const rebuilt = async (
  projector: StartedProcess,
  checkpoints: Checkpoints,
  to: bigint,
): Promise<Rebuilt> => {
  const ended = projector.exited.then(() => {
    throw new Error(`The projector ended:\n${projector.output()}`);
  });
  ended.catch(() => {});
  const until = async (reached: () => Promise<boolean>, pauseMs: number) => {
    while (!(await reached())) await Promise.race([delay(pauseMs), ended]);
  };
  await until(async () => (await checkpoints.position()) !== null, 5);
  const startedAt = performance.now();
  const mebibytes: number[] = [];
  let sampledAt = startedAt;
  await until(async () => {
    if (performance.now() - sampledAt >= 250) {
      mebibytes.push(residentMebibytes(projector.child.pid) ?? Number.NaN);
      sampledAt = performance.now();
    }
    return ((await checkpoints.position()) ?? -1n) >= to;
  }, 20);
  return { seconds: (performance.now() - startedAt) / 1000, mebibytes };
};
