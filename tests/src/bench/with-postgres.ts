import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';
import pg from 'pg';
import { requireDurability } from './durability.ts';

/**
 * Runs a measurement on an embedded Postgres that flushes every commit.
 *
 * @param measure receives the server's address, its durability settings, and a list for what must be stopped before the server
 */
export const withPostgres = async <T>(
  measure: (url: string, durability: string, stops: (() => Promise<unknown>)[]) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-bench-'));
  const guard = guardFolder(folder);
  const stops: (() => Promise<unknown>)[] = [() => guard.release()];
  try {
    const postgres = await startPostgres({
      dataDir: join(folder, 'postgres'),
      password: randomBytes(16).toString('hex'),
    });
    stops.unshift(() => postgres.stop());
    return await measure(postgres.url, await requireDurability(postgres.url), stops);
  } finally {
    for (const stop of stops) await stop();
  }
};

/** Creates a separate database for a measurement, so that measurements do not affect each other. Resolves to its address. */
export const createDatabase = async (url: string, name: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database bench_${name}`);
  await client.end();
  return Object.assign(new URL(url), { pathname: `/bench_${name}` }).href;
};
