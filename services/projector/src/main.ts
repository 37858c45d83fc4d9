import { openEventStore } from '@mission-control/event-store';
import { ProjectionRunner } from '@mission-control/projections';
import {
  migrateReadModels,
  migrationsOfNewerRelease,
  openReadModels,
  schemaIsCurrent,
} from '@mission-control/read-models';
import { runService, variables } from '@mission-control/runtime';
import { keepUp } from './keep-up.ts';
import { PROJECTIONS } from './projections.ts';

await runService({
  name: 'projector',
  managementPort: 9102,
  variables: {
    EVENTSTORE_URL: variables.EVENTSTORE_URL,
    DATABASE_URL: variables.DATABASE_URL,
    PROJECTIONS,
  },
  start: async ({ config, log, metrics, signal, fail }) => {
    const applied = await migrateReadModels(config.DATABASE_URL);
    if (applied.length > 0) log.info({ migrations: applied }, 'read models migrated');

    const store = await openEventStore(config.EVENTSTORE_URL ?? config.DATABASE_URL, {
      name: 'projector',
      log,
      meter: metrics.meter,
    });
    const { db, close } = openReadModels(config.DATABASE_URL, { name: 'projector', timeouts: 'batches' });
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
