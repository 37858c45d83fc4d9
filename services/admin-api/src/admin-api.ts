import type { AddressInfo } from 'node:net';
import { streams } from '@mission-control/contracts';
import { lastEvent } from '@mission-control/event-store';
import { openInstallationLog } from '@mission-control/installation';
import { checkOpenClaw } from '@mission-control/openclaw';
import { waitForProjections } from '@mission-control/projections';
import {
  findAgentByTokenHash,
  LiveReadModels,
  projections,
  schemaIsCurrent,
} from '@mission-control/read-models';
import {
  closingGracefully,
  createRequestObserver,
  endConnectionsWhen,
  type ReadinessCheck,
  type RunningService,
  type ServiceContext,
} from '@mission-control/runtime';
import { apiModule } from './api.module.ts';
import type { AdminApiConfig } from './config.ts';
import { Needs } from './health/health.ts';
import type { WaitUntilReadable } from './http/read-your-writes.ts';
import { serve } from './http/serve.ts';
import { Settings } from './settings.ts';
import { Reads } from './stores/reads.ts';
import { Stores } from './stores/stores.ts';

export interface AdminApiContext
  extends Pick<ServiceContext<AdminApiConfig>, 'config' | 'log' | 'fail' | 'metrics' | 'draining'> {
  /** Overrides the usual time limits in tests, which must not depend on the machine's speed. */
  readonly patience?: Partial<typeof usualPatience>;
}

const openclawGatewayCheckTimeoutMs = 10_000;
/** How long a response waits for the read models, and how long a stop waits for requests in progress. */
const usualPatience = { readModelsMs: 2_000, stopMs: 5_000 };

/** Binds the adapters and listens. Starts even when its servers are down: it is then not ready and keeps trying to connect. */
export const startAdminApi = async ({
  config,
  log,
  metrics,
  fail,
  draining,
  patience,
}: AdminApiContext): Promise<RunningService & { port: number }> => {
  const stores = new Stores({
    openStore: () => openInstallationLog({ config, log, metrics }, 'admin-api'),
    config,
    log,
    fail,
  });
  const readModels = new LiveReadModels(config.DATABASE_URL, {
    name: 'admin-api',
    prefix: config.EVENTSTORE_PREFIX,
    projections,
  });
  const { db } = readModels;
  const { readModelsMs, stopMs } = { ...usualPatience, ...patience };
  const denyCidrs = config.OPENCLAW_DENY_CIDRS;
  const checks: readonly ReadinessCheck[] = [
    { name: 'event_store', check: () => stores.store.ping() },
    {
      name: 'read_models',
      check: async () => {
        if (!(await schemaIsCurrent(db)))
          throw new Error('waiting for the projector to migrate the database');
      },
    },
  ];
  const waitUntilReadable: WaitUntilReadable = async (projection, position) => {
    try {
      const own = await readModels.checkpoint(projection);
      return (await waitForProjections(db, [projection], position, readModelsMs, [own])) === 'reached';
    } catch {
      return false;
    }
  };
  const app = await serve(
    apiModule({
      stores,
      reads: new Reads(
        db,
        async (webhookId) => {
          const arrived = await lastEvent(stores.store, streams.payloads(webhookId));
          return arrived !== undefined && waitUntilReadable('payloads', arrived.position);
        },
        waitUntilReadable,
      ),
      openclawGatewayProbe: {
        check: (target) =>
          checkOpenClaw(
            { ...target, ...(denyCidrs && { denyCidrs }) },
            { timeoutMs: openclawGatewayCheckTimeoutMs },
          ),
      },
      settings: new Settings(
        config.BASE_URL,
        config.WEBHOOK_DELETE_CLEANUP_MEMORY,
        config.READ_LINK_SECONDS > 0,
        config.BACKUPS_KEPT_DAYS ?? null,
      ),
      needs: new Needs(checks),
    }),
    {
      authentication: {
        admins: config.LOCAL_AUTH_TOKEN,
        auditors: config.AUDITOR_TOKEN,
        agentByTokenHash: async (hash) => {
          const agent = await findAgentByTokenHash(db, hash);
          return agent ? { id: agent.id, boardId: agent.board_id } : null;
        },
      },
      waitUntilReadable,
      pin: () => readModels.pin(),
      log,
      observe: createRequestObserver(metrics.meter),
    },
  );
  endConnectionsWhen(app.getHttpServer(), draining);
  const closeGracefully = closingGracefully(app.getHttpServer(), stopMs);
  await app.listen(config.PORT, config.HOST);
  const { port } = app.getHttpServer().address() as AddressInfo;
  log.info({ host: config.HOST, port }, 'listening');
  return {
    port,
    checks,
    stop: async () => {
      await closeGracefully(() => app.close());
      await Promise.all([stores.close(), readModels.close()]);
    },
  };
};
