import { startTestPostgres, testPostgresVariable } from '@mission-control/test-servers';

/**
 * Starts one Postgres for the whole run, although two projects ask for it. Resolves to a function that removes it. All projects end
 * together.
 */
export default async (): Promise<() => Promise<void>> => {
  if (process.env[testPostgresVariable]) return async () => {};
  const postgres = await startTestPostgres();
  process.env[testPostgresVariable] = postgres.url;
  return postgres.stop;
};
