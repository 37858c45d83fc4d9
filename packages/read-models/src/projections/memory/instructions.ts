import type { DomainEvent } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';
import { inChunks, storable } from '../statements.ts';

type ConfigurationEvent = ProjectedEvent & DomainEvent<'WebhookCreated' | 'WebhookUpdated'>;

/** Stores a webhook's instruction by the revision at which it begins. */
export const rememberInstructions = async (
  tx: Transaction<ReadModels>,
  events: readonly ConfigurationEvent[],
): Promise<void> => {
  const rows = events.flatMap(({ data, revision }) =>
    data.description === undefined
      ? []
      : [{ webhook_id: data.webhookId, revision, description: data.description }],
  );
  for (const chunk of inChunks(rows)) {
    await tx
      .insertInto('webhook_instructions')
      .values(chunk.map(storable))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
};

/** A webhook's configuration at a revision of its stream. */
export interface Configuration {
  readonly webhookId: string;
  readonly revision: number;
}

/** The instructions in force, one for each requested configuration, in the same order; empty for an unknown webhook. */
export const instructionsInForce = async (
  tx: Transaction<ReadModels>,
  wanted: readonly Configuration[],
): Promise<string[]> => {
  const distinct = new Map(wanted.map((one) => [keyOf(one), one]));
  const webhookIds = [...distinct.values()].map((one) => one.webhookId);
  const revisions = [...distinct.values()].map((one) => one.revision);
  const rows = await selectInstructions(tx, [webhookIds, revisions]);
  const found = new Map(
    rows.map((row) => [keyOf({ webhookId: row.webhook_id, revision: row.revision }), row.description]),
  );
  return wanted.map((one) => found.get(keyOf(one)) ?? '');
};

const selectInstructions = statement<{ webhook_id: string; revision: number; description: string }>(
  'select_instructions',
  `select wanted.webhook_id, wanted.revision, found.description
     from unnest($1::uuid[], $2::integer[]) wanted (webhook_id, revision)
    cross join lateral (
          select description from webhook_instructions
           where webhook_id = wanted.webhook_id and revision <= wanted.revision
           order by revision desc limit 1) found`,
);

const keyOf = ({ webhookId, revision }: Configuration): string => `${webhookId}@${revision}`;
