import {
  createProjectionBuilds,
  createProjectionCheckpoints,
  inEveryBuild,
} from '@mission-control/projections';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { audit } from './audit.ts';
import { coalescing } from './coalescing.ts';
import { compatibility } from './compatibility.ts';
import { configuration } from './configuration.ts';
import { confirmedDeliveries } from './confirmed-deliveries.ts';
import { contentKeys } from './content-keys.ts';
import { deliveriesByWebhook } from './deliveries-by-webhook.ts';
import { differingBodies } from './differing-bodies.ts';
import { encryptContent } from './encrypt-content.ts';
import { eventTypes } from './event-types.ts';
import { filters } from './filters.ts';
import { installation } from './installation.ts';
import { memory } from './memory.ts';
import { payloadStates } from './payload-states.ts';
import { payloads } from './payloads.ts';
import { rejectionCauses } from './rejection-causes.ts';
import { rejections } from './rejections.ts';
import { rejectionsByBoard } from './rejections-by-board.ts';
import { replays } from './replays.ts';
import { retention } from './retention.ts';
import { tlsFingerprint } from './tls-fingerprint.ts';
import { verification } from './verification.ts';
import { wakeUps } from './wake-ups.ts';

/**
 * Forward only. A published migration is never changed or renamed; new ones come after it by name. One that changes tables of a projection
 * uses `inEveryBuild`.
 */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001_projection_checkpoints': createProjectionCheckpoints,
  '0002_configuration': configuration,
  '0003_payloads': payloads,
  '0004_memory': memory,
  '0005_verification': verification,
  '0006_rejections': rejections,
  '0007_content_encodings': {
    /** A webhook from before this setting accepts no content encoding. */
    up: async (db) => {
      await sql`alter table board_webhooks add column content_encodings text[] not null default '{}'`.execute(
        db,
      );
    },
  },
  '0008_differing_bodies': differingBodies,
  '0009_rejection_causes': rejectionCauses,
  '0010_rejections_by_board': rejectionsByBoard,
  '0011_deliveries_by_webhook': deliveriesByWebhook,
  '0012_confirmed_deliveries': confirmedDeliveries,
  '0013_retry_failed_runs': {
    /** Webhooks from before this setting never repeat a failed run. */
    up: async (db) => {
      await sql`alter table board_webhooks add column retry_failed_runs integer not null default 0`.execute(
        db,
      );
    },
  },
  '0014_tls_fingerprint': tlsFingerprint,
  '0015_installation': installation,
  '0016_compatibility': compatibility,
  '0017_payload_states': payloadStates,
  /** Older releases know nothing of builds. They go on with build 1, whose tables and checkpoint are theirs. */
  '0018_projection_builds': createProjectionBuilds,
  '0019_replays': replays,
  '0020_retention': retention,
  '0021_audit': audit,
  '0023_content_keys': contentKeys,
  '0024_receipts': {
    /** Senders of webhooks from before this setting get a receipt if they ask for one. */
    up: (db) =>
      inEveryBuild(db, 'configuration', async (build) => {
        await sql`alter table board_webhooks add column receipt text not null default 'on_request'`.execute(
          build,
        );
      }),
  },
  '0025_event_types': eventTypes,
  '0027_messages': {
    /** The message of a webhook from before these settings shows the payload alone, and so do its entries in board memory. */
    up: async (db) => {
      for (const [projection, table] of [
        ['configuration', 'board_webhooks'],
        ['memory', 'webhook_instructions'],
      ] as const)
        await inEveryBuild(db, projection, async (build) => {
          await sql`
            alter table ${sql.table(table)}
              add column message_fields text[] not null default '{}',
              add column message_template text`.execute(build);
        });
    },
  },
  '0028_filters': filters,
  '0029_coalescing': coalescing,
  '0030_wake_ups': wakeUps,
  '0032_encrypt_content': encryptContent,
};
