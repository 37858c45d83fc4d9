import type { Projection } from '@mission-control/projections';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { ReadModels } from '../tables/read-models.ts';
import { batchSizes, history } from '../testing/any-history.ts';
import { visibleEvents } from '../testing/removals.ts';
import { openTestBuild, openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { projections } from './projections.ts';

const full = process.env.TEST_SIZE === 'full';
/** Histories of each projection. Every run draws others. */
const runs = full ? { anyOrder: 100, rebuilt: 50 } : { anyOrder: 20, rebuilt: 10 };

const countersAgree = async ({ db }: TestReadModels): Promise<void> => {
  const { rows } = await sql`
    (select webhook_id::text, status, payloads from webhook_payload_counts
     except select webhook_id::text, status, count(*) from webhook_payload_states group by 1, 2)
    union all
    (select webhook_id::text, status, count(*) from webhook_payload_states group by 1, 2
     except select webhook_id::text, status, payloads from webhook_payload_counts)
    union all
    (select board_id::text, is_chat::text, entries from board_memory_counts
     except select board_id::text, is_chat::text, count(*) from board_memory group by 1, 2)
    union all
    (select board_id::text, is_chat::text, count(*) from board_memory group by 1, 2
     except select board_id::text, is_chat::text, entries from board_memory_counts)
    union all
    (select state.payload_id::text, 'arrivals', state.arrivals from webhook_payload_states state
      where arrivals <> (select count(*) from webhook_payload_arrivals where payload_id = state.payload_id))
    union all
    (select coalesce(payload.id, state.payload_id)::text, 'state', state.arrivals
       from board_webhook_payloads payload full join webhook_payload_states state on state.payload_id = payload.id
      where payload.id is null or state.payload_id is null or payload.webhook_id <> state.webhook_id
         or payload.position <> state.position or payload.received_at <> state.received_at)`.execute(db);
  expect(rows).toEqual([]);
};

it.each<Projection<ReadModels>>(projections)(
  `in any order of facts and with any batches, the rows of $name are the same and the counters agree (${runs.anyOrder} histories)`,
  async (projection) => {
    const models = await openTestReadModels(projection);
    await fc.assert(
      fc.asyncProperty(history, batchSizes, async (events, sizes) => {
        await models.empty();
        for (const event of events) await models.apply([event]);
        const oneByOne = await models.dump();
        await countersAgree(models);

        await models.empty();
        for (let at = 0, n = 0; at < events.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          await models.apply(events.slice(at, at + size));
          at += size;
        }
        expect(await models.dump()).toEqual(oneByOne);
        await models.apply(events.slice(-1));
        expect(await models.dump()).toEqual(oneByOne);
        await countersAgree(models);

        // The streams have been truncated since.
        await models.empty();
        const visible = visibleEvents(events);
        for (let at = 0; at < visible.length; at += sizes[0] ?? 1)
          await models.apply(visible.slice(at, at + (sizes[0] ?? 1)));
        expect(await models.dump()).toEqual(oneByOne);
        await countersAgree(models);
      }),
      { numRuns: runs.anyOrder },
    );
    await models.drop();
  },
  600_000,
);

/** Which of the batches of a rebuild are lost before their commit. */
const losses = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });

it.each<Projection<ReadModels>>(projections)(
  `for any history, the rows of $name are the same live, rebuilt, and in a rebuild that is interrupted and resumed (${runs.rebuilt} histories)`,
  async (projection) => {
    const live = await openTestReadModels(projection);
    const rebuilt = await openTestBuild(projection, live, 2);
    await fc.assert(
      fc.asyncProperty(history, batchSizes, losses, async (events, sizes, lost) => {
        await live.empty();
        await rebuilt.empty();
        for (const event of events) await live.apply([event]);
        const rows = await live.dump();
        await rebuilt.apply(events);
        expect(await rebuilt.dump()).toEqual(rows);

        await rebuilt.empty();
        for (let at = 0, n = 0; at < events.length; n += 1) {
          const batch = events.slice(at, at + (sizes[n % sizes.length] ?? 1));
          if (lost[n % lost.length]) await rebuilt.interrupt(batch);
          await rebuilt.apply(batch);
          at += batch.length;
        }
        expect(await rebuilt.dump()).toEqual(rows);
        expect(await live.dump()).toEqual(rows);
      }),
      { numRuns: runs.rebuilt },
    );
    await rebuilt.drop();
    await live.drop();
  },
  600_000,
);
