import { startTestPostgres, testPostgresVariable } from '@mission-control/test-servers';

/** Starts one Postgres for the whole run. Resolves to a function that removes it. */
export default async (): Promise<() => Promise<void>> => {
  const postgres = await startTestPostgres();
  process.env[testPostgresVariable] = postgres.url;
  return postgres.stop;
};
