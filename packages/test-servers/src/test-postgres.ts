import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';

interface TestPostgres {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** A loss of data in a power failure does not matter here. 400 sessions leave room for parallel test files. */
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '400',
};

/** Starts a separate Postgres in a temporary folder, for a whole test run. It ends with this process, however that ends. */
export const startTestPostgres = async (): Promise<TestPostgres> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-postgres-'));
  const guard = guardFolder(folder);
  try {
    const server = await startPostgres({ dataDir: join(folder, 'data'), password: 'test', settings });
    return {
      url: server.url,
      stop: async () => {
        await server.stop();
        await guard.release();
      },
    };
  } catch (error) {
    await guard.release();
    throw error;
  }
};
