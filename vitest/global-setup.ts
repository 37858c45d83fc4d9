import { startTestPostgres, testPostgresVariable } from '@mission-control/test-servers';

/** One Postgres for the whole run; resolves to its removal. */
export default async (): Promise<() => Promise<void>> => {
  const postgres = await startTestPostgres();
  process.env[testPostgresVariable] = postgres.url;
  return postgres.stop;
};
