import { inEveryBuild } from '@mission-control/projections';
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { contentKeysSchemaOf, currentSchema, prefixOf } from '../schema.ts';

/**
 * The content keys are no read model: nothing can make them again. They have a schema of their own, which is still there when the read models
 * were dropped. An erased arrival has no address, and is marked: what arrives later has to be erased too.
 */
export const contentKeys: Migration = {
  up: async (db: Kysely<unknown>) => {
    const schema = contentKeysSchemaOf(prefixOf(await currentSchema(db)));
    const [keys, nodes] = [sql.id(schema, 'keys'), sql.id(schema, 'nodes')];
    await sql`create schema if not exists ${sql.id(schema)}`.execute(db);
    await sql`
      create table if not exists ${keys} (
        key_id uuid primary key,
        webhook_id uuid not null,
        created_at timestamptz not null default now(),
        destroyed_at timestamptz
      )`.execute(db);
    await sql`create index if not exists keys_of_webhook on ${keys} (webhook_id, created_at)`.execute(db);
    await sql`
      create table if not exists ${nodes} (
        key_id uuid not null references ${keys},
        start bytea not null,
        depth smallint not null,
        node text not null,
        primary key (key_id, start)
      )`.execute(db);
    await inEveryBuild(db, 'payloads', async (build) => {
      await sql`alter table board_webhook_payloads alter column source_ip drop not null`.execute(build);
      await sql`
        alter table webhook_payload_arrivals
          alter column source_ip drop not null,
          add column erased boolean not null default false`.execute(build);
      await sql`
        create index board_webhook_payloads_erased on board_webhook_payloads (id)
         where payload_encoding = 'erased'`.execute(build);
    });
  },
};
