import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { askNats, startServer } from '@mission-control/embedded-servers';
import { freePort } from '@mission-control/free-ports';
import { createTestDatabase } from '@mission-control/test-servers';
import { guardFolder, startEventStoreDbFake } from '@mission-control/testing';
import { repositoryRoot } from '../system/repository.ts';
import { composePath, readComposeFile, serviceIn } from './compose-file.spec-support.ts';

export interface Stores {
  /** Holds `secrets`, as the repository does for commands of runbooks. */
  readonly folder: string;
  /** Stands for /run/secrets: the generated secrets, with the addresses of these servers. */
  readonly secrets: string;
  readonly databaseUrl: string;
  readonly stop: () => Promise<void>;
}

const inSecret = async (file: string, from: string, to: string): Promise<void> => {
  const text = await readFile(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} does not name ${from}.`);
  await writeFile(file, text.replace(from, to));
};

/**
 * What the compose file starts besides our services, on this machine: nats-server with the file's configuration and the generated
 * password, an EventStoreDB server with the file's limits, and Postgres.
 */
export const startStores = async (): Promise<Stores> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-stores-'));
  const guard = guardFolder(folder);
  await chmod(folder, 0o755);
  const generated = join(folder, 'generated');
  await promisify(execFile)('sh', [join(repositoryRoot, 'infra/docker/generate-secrets.sh'), generated]);
  // A container sees each file by a mount of its own, not the folder, which is closed to others.
  const secrets = join(folder, 'run/secrets');
  await mkdir(secrets, { recursive: true });
  for (const name of await readdir(generated)) await cp(join(generated, name), join(secrets, name));

  const database = await createTestDatabase();
  await writeFile(join(secrets, 'database-url'), database.url);

  const { environment = {} } = serviceIn(readComposeFile(composePath), 'event-store');
  const eventStore = await startEventStoreDbFake({
    maxAppendSize: Number(environment.KURRENTDB_MAX_APPEND_SIZE),
    maxAppendEventSize: Number(environment.KURRENTDB_MAX_APPEND_EVENT_SIZE),
  });
  await inSecret(join(secrets, 'eventstore-url'), 'event-store:2113', new URL(eventStore.url).host);

  const natsUrl = join(secrets, 'nats-url');
  const nats = await startNats(folder, natsUrl);
  return {
    folder: join(folder, 'run'),
    secrets,
    databaseUrl: database.url,
    stop: async () => {
      await nats.stop([{ signal: 'SIGKILL', waitMs: 5_000 }]);
      await eventStore.stop();
      await database.drop();
      await guard.release();
    },
  };
};

/** nats-server reads the file's configuration, where only port, folder and the monitoring address differ. */
const startNats = async (folder: string, natsUrl: string) => {
  const port = await freePort();
  const data = join(folder, 'nats-data');
  const configuration = (await readFile(join(repositoryRoot, 'infra/docker/nats.conf'), 'utf8'))
    .replace('port: 4222', `port: ${port}`)
    .replace('http: "127.0.0.1:8222"', 'host: 127.0.0.1')
    .replace('store_dir: /data', `store_dir: "${data}"`);
  await mkdir(join(folder, 'etc/nats'), { recursive: true });
  await writeFile(join(folder, 'etc/nats/nats.conf'), configuration);
  await inSecret(natsUrl, 'nats:4222', `127.0.0.1:${port}`);
  const url = (await readFile(natsUrl, 'utf8')).trim();
  return startServer(
    {
      name: 'nats-server',
      file: process.env.NATS_SERVER_BIN ?? 'nats-server',
      args: ['--config', join(folder, 'etc/nats/nats.conf')],
      dataDir: data,
      logFile: join(folder, 'nats.log'),
    },
    async () => {
      await askNats(url);
    },
  );
};
