import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningNatsServer, startNatsServer } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';

export interface TestNats {
  readonly url: string;
  readonly port: number;
  /** As a crash would end it; the data stays. */
  readonly kill: () => Promise<void>;
  /** Up again on the same port, with its data or without. Kills it first where it still runs. */
  readonly restart: (options?: { loseData?: boolean }) => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** A nats-server of its own in a temporary folder. Ends with this process, however that ends. */
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
