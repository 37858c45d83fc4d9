import {
  type DomainEvent,
  renameSettings,
  type WebhookSettingsIn,
  webhookDefaults,
} from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import { rowsStatement } from './rows-statement.ts';

export type ConfigurationEvent = ProjectedEvent & DomainEvent<'WebhookCreated' | 'WebhookUpdated'>;

/** A webhook's configuration at a revision of its stream. */
export interface Configuration {
  readonly webhookId: string;
  readonly revision: number;
}

/** The settings that a projection can keep. */
const types = {
  description: 'text',
  event_type: 'text',
  message_fields: 'text[]',
  message_template: 'text',
} as const;
type Kept = keyof typeof types;
type Settings<K extends Kept> = Pick<WebhookSettingsIn['column'], K>;
type Row<K extends Kept> = Settings<K> & { readonly webhook_id: string; readonly revision: number };

/** Of a webhook that the projection does not know. */
const unknown: Settings<Kept> = {
  description: '',
  event_type: webhookDefaults.eventType,
  message_fields: webhookDefaults.messageFields,
  message_template: webhookDefaults.messageTemplate,
};

/**
 * A table of a projection with the settings of webhooks that it needs: a row for each revision that changed one of them, with all of them.
 * So the settings that were in force when a payload arrived follow from the log, whatever has been changed since.
 *
 * @param kept names of settings, which are also the columns
 */
export const settingsTable = <K extends Kept>(
  table: 'webhook_instructions' | 'payloads_webhook_settings',
  kept: readonly K[],
) => {
  const insert = rowsStatement<Row<K>>(
    `insert_${table}`,
    {
      webhook_id: 'uuid',
      revision: 'integer',
      ...Object.fromEntries(kept.map((name) => [name, types[name]])),
    } as {
      readonly [N in keyof Row<K> & string]: 'text' | 'text[]' | 'uuid' | 'integer';
    },
    (columns, rows) =>
      `insert into ${table} (${columns}) select ${columns} from ${rows} given on conflict do nothing`,
  );
  const select = statement<Row<K>>(
    `select_${table}`,
    `select wanted.webhook_id, wanted.revision, ${kept.map((name) => `found.${name}`).join(', ')}
       from unnest($1::uuid[], $2::integer[]) wanted (webhook_id, revision)
      cross join lateral (
            select ${kept.join(', ')} from ${table}
             where webhook_id = wanted.webhook_id and revision <= wanted.revision
             order by revision desc limit 1) found`,
  );

  /** The settings in force, one for each requested configuration, in the same order. */
  const inForce = async (
    tx: Transaction<ReadModels>,
    wanted: readonly Configuration[],
  ): Promise<Settings<K>[]> => {
    if (wanted.length === 0) return [];
    const distinct = [...new Map(wanted.map((one) => [keyOf(one), one])).values()];
    const rows = await select(tx, [
      distinct.map(({ webhookId }) => webhookId),
      distinct.map(({ revision }) => revision),
    ]);
    const found = new Map<string, Settings<K>>(
      rows.map((row) => [keyOf({ webhookId: row.webhook_id, revision: row.revision }), row]),
    );
    return wanted.map((one) => found.get(keyOf(one)) ?? unknown);
  };

  /** Stores the settings by the revision at which they begin. */
  const remember = async (
    tx: Transaction<ReadModels>,
    events: readonly ConfigurationEvent[],
  ): Promise<void> => {
    const changes = events.filter(({ data }) => {
      const columns = renameSettings(data, 'event', 'column');
      return kept.some((name) => columns[name] !== undefined);
    });
    const before = await inForce(
      tx,
      changes.map(({ data, revision }) => ({ webhookId: data.webhookId, revision: revision - 1 })),
    );
    const current = new Map<string, Settings<K>>();
    const rows = changes.map(({ data, revision }, i) => {
      const settings = {
        ...(current.get(data.webhookId) ?? before[i]),
        ...renameSettings(data, 'event', 'column'),
      };
      current.set(data.webhookId, settings as Settings<K>);
      const values = Object.fromEntries(kept.map((name) => [name, settings[name]]));
      return { webhook_id: data.webhookId, revision, ...values } as Row<K>;
    });
    await insert(tx, rows);
  };

  const forget = async (tx: Transaction<ReadModels>, webhookIds: readonly string[]): Promise<void> => {
    if (webhookIds.length === 0) return;
    await sql`delete from ${sql.table(table)} where webhook_id = any(${[...webhookIds]}::uuid[])`.execute(tx);
  };

  return { remember, inForce, forget };
};

const keyOf = ({ webhookId, revision }: Configuration): string => `${webhookId}@${revision}`;
