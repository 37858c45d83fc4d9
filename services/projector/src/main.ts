import { openReadableLog, withoutContentKeys } from '@mission-control/content-keys';
import { claimLog, openInstallationLog } from '@mission-control/installation';
import {
  keepInstallationId,
  migrateReadModels,
  migrationsOfNewerRelease,
  openReadModels,
  readInstallationId,
  schemaIsCurrent,
} from '@mission-control/read-models';
import {
  contentKeyAccessOf,
  installationVariables,
  keepRunning,
  runService,
  trueOrFalse,
  variables,
  wholeNumber,
} from '@mission-control/runtime';
import { ProjectionKeeper } from './builds/projection-keeper.ts';
import { followRebuildFacts } from './builds/rebuild-facts.ts';
import { PROJECTIONS } from './projections.ts';

await runService({
  name: 'projector',
  managementPort: 9102,
  variables: {
    EVENTSTORE_URL: variables.EVENTSTORE_URL,
    ...installationVariables,
    DATABASE_URL: variables.DATABASE_URL,
    CONTENT_ENCRYPTION: variables.CONTENT_ENCRYPTION,
    /** Decrypts the keys of encrypted content: in the read models it is readable. */
    ENCRYPTION_KEY: { ...variables.ENCRYPTION_KEY, schema: variables.ENCRYPTION_KEY.schema.optional() },
    PROJECTIONS,
    /** A projection whose version is not that of its rows is rebuilt when the projector starts. */
    PROJECTIONS_REBUILD_ON_START: trueOrFalse(true),
    /** How long a build that another one has replaced is kept after its last reader was seen. */
    PROJECTIONS_GRACE_SECONDS: wholeNumber(300, 0, 86_400),
  },
  start: async (context) => {
    const { config, log, metrics, signal, fail } = context;
    const { DATABASE_URL, EVENTSTORE_PREFIX: prefix, INSTALLATION_ID: givenId } = config;
    const access = contentKeyAccessOf(config);
    const asStored = await openInstallationLog(context, 'projector');
    const applied = await migrateReadModels(DATABASE_URL, prefix);
    if (applied.length > 0) log.info({ migrations: applied }, 'read models migrated');

    const { db, close } = openReadModels(DATABASE_URL, { name: 'projector', timeouts: 'batches', prefix });
    if (givenId) await keepInstallationId(db, givenId);
    else await claimLog(asStored, await readInstallationId(db), 'projector');
    const store = access
      ? (await openReadableLog(asStored, { ...config, ...access }, 'projector')).store
      : withoutContentKeys(asStored);
    const newer = await migrationsOfNewerRelease(db);
    if (newer.length > 0) log.warn({ migrations: newer }, 'the read models were migrated by a newer release');
    const options = { name: 'projector', timeouts: 'batches', prefix } as const;
    const keepers = config.PROJECTIONS.map(
      (projection) =>
        new ProjectionKeeper({
          ...{ projection, db, store, log, meter: metrics.meter },
          open: (schema) => openReadModels(DATABASE_URL, { ...options, schema, connections: 2 }),
          rebuildOnStart: config.PROJECTIONS_REBUILD_ON_START,
          graceSeconds: config.PROJECTIONS_GRACE_SECONDS,
        }),
    );
    const poke = () => {
      for (const keeper of keepers) keeper.poke();
    };
    const follow = () => followRebuildFacts(store, poke, signal);
    const kept = Promise.all([
      ...keepers.map((keeper) => keeper.run(signal)),
      keepRunning('following requests to rebuild', follow, { signal, log }),
    ]);
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
        ...keepers.map((keeper) => ({ name: `projection_${keeper.name}`, check: () => keeper.check() })),
      ],
      stop: async () => {
        await kept;
        await store.close();
        await close();
      },
    };
  },
});
