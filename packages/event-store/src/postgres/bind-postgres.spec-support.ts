import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@mission-control/embedded-servers';
import { guardFolder } from '@mission-control/testing';
import { Client } from 'pg';
import type { BoundServer } from '../conformance/event-store-conformance.spec-support.ts';
import { appendHistory } from '../conformance/history.spec-support.ts';

/** A Postgres of its own for the conformance suite, for the installation with that prefix. */
export const bindPostgres = async (prefix = ''): Promise<BoundServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-conformance-'));
  const guard = guardFolder(folder);
  const options = { dataDir: join(folder, 'data'), password: 'test' };
  let server = await startPostgres(options);
  const { url, port } = server;
  await appendHistory(url);
  const inSchema = (schema: string): string => `${url}?schema=${schema}`;
  return {
    binding: {
      url,
      prefix,
      features: {
        plainTcp: true,
        listsClients: true,
        largestAppend: 64 * 1024 * 1024,
        restart: async () => {
          await server.kill();
          server = await startPostgres({ ...options, port });
        },
        anotherLog: async () => inSchema(`log_${randomUUID().replaceAll('-', '')}`),
        cutLog: async (log, events) => {
          const schema = new URL(log).searchParams.get('schema');
          const client = new Client({ connectionString: url });
          await client.connect();
          await client.query(
            `delete from ${schema}.events where position > (select max(position) - ${events} from ${schema}.events)`,
          );
          await client.end();
        },
      },
    },
    release: async () => {
      await server.stop();
      await guard.release();
    },
  };
};
