import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Its one row names the newest migration that a release must know to work with these tables. A release that knows it works with them even
 * after later migrations, so that it is possible to go back. A later migration that older releases cannot work with names itself here.
 */
export const compatibility: Migration = {
  up: async (db) => {
    await sql`create table read_model_compatibility (needs text not null)`.execute(db);
    await sql`insert into read_model_compatibility values ('0016_compatibility')`.execute(db);
  },
};
