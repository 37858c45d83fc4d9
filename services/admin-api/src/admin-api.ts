import type { AddressInfo } from 'node:net';
import type { ConfigOf, ReadinessCheck, RunningService, ServiceContext } from '@mission-control/runtime';
import { ApiModule } from './api.module.ts';
import type { configuration } from './configuration.ts';
import { Needs } from './health/health.ts';
import { serve } from './http/serve.ts';
import { Settings } from './settings.ts';
import { Stores } from './stores/stores.ts';

export type AdminApiContext = Pick<ServiceContext<ConfigOf<typeof configuration>>, 'config' | 'log' | 'fail'>;

/** Binds the adapters and listens. Starts without its servers being up: it is unready then, and goes on trying. */
export const startAdminApi = async ({
  config,
  log,
  fail,
}: AdminApiContext): Promise<RunningService & { port: number }> => {
  const stores = new Stores({
    eventStoreUrl: config.EVENTSTORE_URL ?? config.DATABASE_URL,
    encryptionKeys: config.ENCRYPTION_KEY,
    log,
    fail,
  });
  const checks: readonly ReadinessCheck[] = [{ name: 'event store', check: () => stores.store.ping() }];
  const app = await serve(
    ApiModule.with({
      stores,
      settings: new Settings(config.BASE_URL, config.WEBHOOK_DELETE_CLEANUP_MEMORY),
      needs: new Needs(checks),
    }),
    {
      authentication: {
        admins: config.LOCAL_AUTH_TOKEN,
        auditors: config.AUDITOR_TOKEN,
        agentByTokenHash: async () => null,
      },
      waitUntilReadable: async () => true,
      log,
    },
  );
  await app.listen(config.PORT, config.HOST);
  const { port } = app.getHttpServer().address() as AddressInfo;
  log.info({ host: config.HOST, port }, 'listening');
  return {
    port,
    checks,
    stop: async () => {
      await app.close();
      await stores.close();
    },
  };
};
