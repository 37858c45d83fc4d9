import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** What a backup of a data directory needs besides the database: JetStream's data is not among it. */
const files = [
  'VERSION',
  'admin-token',
  'encryption-key',
  'installation-id',
  'database-password',
  'nats-password',
];

/**
 * Copies a data directory while the system runs on it: the files of Postgres between `pg_backup_start` and `pg_backup_stop`, then the
 * write-ahead log, as Postgres documents it for a base backup by hand. `pg_basebackup` does the same.
 */
export const backUpOnline = async (dataDir: string, backup: string): Promise<void> => {
  const password = (await readFile(join(dataDir, 'database-password'), 'utf8')).trim();
  const [, , , port] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const client = new pg.Client(`postgres://mission_control:${password}@127.0.0.1:${port}/mission_control`);
  await client.connect();
  await mkdir(backup, { recursive: true });
  try {
    await client.query(`select pg_backup_start('spec', true)`);
    // Postgres writes and removes files meanwhile: replaying the write-ahead log makes up for it.
    await run('cp', ['-a', join(dataDir, 'postgres'), backup]).catch(() => {});
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    await rm(join(backup, 'postgres/postmaster.pid'), { force: true });
    await rm(join(backup, 'postgres/pg_wal'), { recursive: true, force: true });
    await run('cp', ['-a', join(dataDir, 'postgres/pg_wal'), join(backup, 'postgres')]);
    const label = join(backup, 'postgres/backup_label');
    await writeFile(label, rows[0]?.labelfile ?? '');
    // The database's user, if that is another one, has to read it.
    await run('chown', [`--reference=${join(backup, 'postgres/PG_VERSION')}`, label]);
    for (const file of files) await run('cp', ['-a', join(dataDir, file), backup]);
  } finally {
    await client.end();
  }
};

export const restoreBackup = async (backup: string, dataDir: string): Promise<void> => {
  await run('cp', ['-a', backup, dataDir]);
};
