import { randomBytes } from 'node:crypto';
import { Agent, get } from 'node:http';
import { freePort } from '@mission-control/free-ports';
import { answersOk, startProcess } from '../../system/service-process.ts';
import { encryptionKey } from '../ingest/measured.ts';

const adminToken = randomBytes(32).toString('hex');

export interface MeasuredApi {
  /** Milliseconds until the whole answer was read. @throws if it is not 200 */
  readonly read: (path: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts an admin API on read models, and reads from it over one kept connection. */
export const startAdminApi = async (eventStoreUrl: string): Promise<MeasuredApi> => {
  const [port, managementPort] = [await freePort(), await freePort()];
  const process = startProcess('services/admin-api/dist/main.js', {
    env: {
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      LOG_LEVEL: 'warn',
      EVENTSTORE_URL: eventStoreUrl,
      DATABASE_URL: eventStoreUrl,
      ENCRYPTION_KEY: encryptionKey.toString('base64'),
      LOCAL_AUTH_TOKEN: adminToken,
      BASE_URL: 'http://mission-control.example',
    },
  });
  await Promise.race([
    answersOk(`http://127.0.0.1:${managementPort}/readyz`, 60_000),
    process.exited.then(() => Promise.reject(new Error(`The admin API ended:\n${process.output()}`))),
  ]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const read = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const startedAt = performance.now();
      const headers = { authorization: `Bearer ${adminToken}` };
      get({ host: '127.0.0.1', port, path: `/api/v1${path}`, agent, headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          if (response.statusCode !== 200) body += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve(performance.now() - startedAt);
          else reject(new Error(`${path}: ${response.statusCode} ${body}`));
        });
      }).on('error', reject);
    });
  return {
    read,
    stop: async () => {
      agent.destroy();
      await process.stop();
    },
  };
};
