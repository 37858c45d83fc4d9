import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** No OpenClaw gateway had a pinned certificate before this. */
export const tlsFingerprint: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`alter table openclaw_gateways add column tls_fingerprint text`.execute(db);
  },
};
