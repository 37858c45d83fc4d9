import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';

export interface RestartablePostgres {
  readonly url: string;
  /** Ends it as a crash would. The data stays. */
  readonly kill: () => Promise<void>;
  /** Starts it on the same port and data. */
  readonly start: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** A Postgres of the test's own, which it can stop. The one of the test run is shared. */
export const startRestartablePostgres = async (): Promise<RestartablePostgres> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-postgres-'));
  const guard = guardFolder(folder);
  const start = (port?: number) =>
    startPostgres({
      dataDir: join(folder, 'data'),
      password: 'test',
      database: 'mission_control',
      // Losing power does not matter here; losing the process does not lose what the system has.
      settings: { fsync: 'off', max_connections: '200' },
      ...(port === undefined ? {} : { port }),
    });
  let server = await start().catch(async (error) => {
    await guard.release();
    throw error;
  });
  const { url, port } = server;
  return {
    url,
    kill: () => server.kill(),
    start: async () => {
      server = await start(port);
    },
    stop: async () => {
      await server.kill();
      await guard.release();
    },
  };
};
