import { rejectionBounds } from '@mission-control/contracts';
import { sql, type Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/**
 * Removes the rows that the streams of these webhooks hide: all but the newest revisions, and rows that are too old. Age is
 * measured against later rejections, not against the clock, so that the rows are the same whenever the events are applied.
 * Queries use the clock.
 */
export const removeBeyondBounds = async (
  tx: Transaction<ReadModels>,
  webhookIds: readonly string[],
): Promise<void> => {
  if (webhookIds.length === 0) return;
  await sql`
    delete from webhook_rejections
     where event_id = any(array(
           select event_id
             from (select event_id, refused_at,
                          max(stream_revision) over (partition by webhook_id) - stream_revision as revisions_since,
                          max(refused_at) over (partition by webhook_id order by stream_revision desc) as latest
                     from webhook_rejections
                    where webhook_id = any(${[...new Set(webhookIds)]}::uuid[])) kept
            where revisions_since >= ${rejectionBounds.maxCount}
               or refused_at < latest - make_interval(secs => ${rejectionBounds.maxAgeSeconds})))`.execute(
    tx,
  );
};
