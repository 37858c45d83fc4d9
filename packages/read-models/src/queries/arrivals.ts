import type { Kysely } from 'kysely';
import type { WebhookPayloadArrivalRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';

const arrivals = (db: Kysely<ReadModels>, payloadId: string) =>
  db
    .selectFrom('webhook_payload_arrivals')
    .selectAll()
    .where('payload_id', '=', payloadId)
    .orderBy('revision');

/** Every arrival of a payload, oldest first. */
export const listArrivals = (
  db: Kysely<ReadModels>,
  payloadId: string,
): Promise<WebhookPayloadArrivalRow[]> => arrivals(db, payloadId).execute();

/**
 * One arrival of a payload. Reads as many index entries as the number of the arrival.
 *
 * @param number counts from 1 in the order of arrival
 */
export const findArrival = (
  db: Kysely<ReadModels>,
  payloadId: string,
  number: number,
): Promise<WebhookPayloadArrivalRow | undefined> =>
  arrivals(db, payloadId)
    .offset(number - 1)
    .limit(1)
    .executeTakeFirst();
