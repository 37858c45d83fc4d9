import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The id of the installation whose read models these are. The first migration chooses one; INSTALLATION_ID replaces it. */
export const installation: Migration = {
  up: async (db) => {
    await sql`
      create table installation (
        id uuid not null default gen_random_uuid(),
        only_one boolean primary key default true check (only_one)
      )`.execute(db);
    await sql`insert into installation default values`.execute(db);
  },
};
