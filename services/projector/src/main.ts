import { claimLog, openInstallationLog } from '@mission-control/installation';
import { ProjectionRunner } from '@mission-control/projections';
import {
  keepInstallationId,
  migrateReadModels,
  migrationsOfNewerRelease,
  openReadModels,
  readInstallationId,
  schemaIsCurrent,
} from '@mission-control/read-models';
import { installationVariables, runService, variables } from '@mission-control/runtime';
import { keepUp } from './keep-up.ts';
import { PROJECTIONS } from './projections.ts';

await runService({
  name: 'projector',
  managementPort: 9102,
  variables: {
    EVENTSTORE_URL: variables.EVENTSTORE_URL,
    ...installationVariables,
    DATABASE_URL: variables.DATABASE_URL,
    PROJECTIONS,
  },
  start: async (context) => {
    const { config, log, metrics, signal, fail } = context;
    const { DATABASE_URL, EVENTSTORE_PREFIX: prefix, INSTALLATION_ID: givenId } = config;
    const store = await openInstallationLog(context, 'projector');
    const applied = await migrateReadModels(DATABASE_URL, prefix);
    if (applied.length > 0) log.info({ migrations: applied }, 'read models migrated');

    const { db, close } = openReadModels(DATABASE_URL, { name: 'projector', timeouts: 'batches', prefix });
    if (givenId) await keepInstallationId(db, givenId);
    else await claimLog(store, await readInstallationId(db), 'projector');
    const newer = await migrationsOfNewerRelease(db);
    if (newer.length > 0) log.warn({ migrations: newer }, 'the read models were migrated by a newer release');
    const runners = config.PROJECTIONS.map(
      (projection) => new ProjectionRunner({ projection, db, store, meter: metrics.meter }),
    );
    const kept = Promise.all(runners.map((runner) => keepUp(runner, { db, signal, log })));
    kept.catch(fail);

    return {
      checks: [
        {
          name: 'database',
          check: async () => {
            if (!(await schemaIsCurrent(db)))
              throw new Error('The schema of the read models is not the one of this release.');
          },
        },
        { name: 'event_store', check: () => store.ping() },
        ...runners.map((runner) => ({ name: `projection_${runner.name}`, check: () => runner.check() })),
      ],
      stop: async () => {
        await kept;
        await store.close();
        await close();
      },
    };
  },
});
