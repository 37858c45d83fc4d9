import { setImmediate as turn } from 'node:timers/promises';
import type { Batch } from './batches.ts';
import { EventNotApplicable } from './errors.ts';
import { parseOnce } from './parse-once.ts';
import type { ProjectedEvent, Projection } from './projection.ts';

/** An event of a batch, as it was recorded and parsed. */
export type ParsedEntry = Batch['events'][number] & { readonly parsed: ProjectedEvent };

/** A batch whose events are parsed and prepared, up to the first one that violates its schema. */
export interface ParsedBatch extends Batch {
  readonly entries: readonly ParsedEntry[];
  /** Why the event after the last entry cannot be applied. */
  readonly fault: EventNotApplicable | undefined;
}

/** Then answers of the database, for other batches, are handled. */
const eventsATurn = 20;

/** Parses and prepares the events of a batch, some at a time, so that other work of the process goes on meanwhile. */
export const parseBatch = async (
  projection: Pick<Projection<unknown>, 'name' | 'prepare'>,
  batch: Batch,
): Promise<ParsedBatch> => {
  const entries: ParsedEntry[] = [];
  for (const entry of batch.events) {
    if (entries.length > 0 && entries.length % eventsATurn === 0) await turn();
    try {
      const parsed = parseOnce(entry.event);
      projection.prepare?.(parsed);
      entries.push({ ...entry, parsed });
    } catch (error) {
      return { ...batch, entries, fault: new EventNotApplicable(projection.name, entry.event, error) };
    }
  }
  return { ...batch, entries, fault: undefined };
};
