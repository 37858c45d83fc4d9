import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNatsServer, startNatsServer } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';

export interface TestNats {
  readonly url: string;
  readonly port: number;
  /** Ends the server as a crash would. The data stays. */
  readonly kill: () => Promise<void>;
  /** Restarts it on the same port, with or without its data. Kills it first if it is still running. */
  readonly restart: (options?: { loseData?: boolean }) => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Starts a separate nats-server in a temporary folder. It ends with this process, however that ends. */
export const startTestNats = async (): Promise<TestNats> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-nats-'));
  const guard = guardFolder(folder);
  const storeDir = join(folder, 'data');
  const start = (port?: number): Promise<RunningNatsServer> =>
    startNatsServer({ storeDir, user: 'test', password: 'test', ...(port === undefined ? {} : { port }) });
  let server = await start().catch(async (error) => {
    await guard.release();
    throw error;
  });
  return {
    url: server.url,
    port: server.port,
    kill: () => server.kill(),
    restart: async ({ loseData = false } = {}) => {
      await server.kill();
      if (loseData) await rm(storeDir, { recursive: true, force: true });
      server = await start(server.port);
    },
    stop: async () => {
      await server.kill();
      await guard.release();
    },
  };
};
