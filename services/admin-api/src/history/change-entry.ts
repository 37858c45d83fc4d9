import type { ProjectedEvent } from '@mission-control/projections';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { shownPosition } from '../audit/as-of.ts';
import { listOf, pageQuery } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';

const fields = z.record(z.string(), z.unknown()).nullable();

/** How an event is described wherever it is listed. */
const eventMembers = {
  event_id: z.uuid(),
  type: z.string(),
  occurred_at: z.iso.datetime(),
  recorded_at: z.iso
    .datetime()
    .describe("By the event store's clock. In a copy of a log: when it was copied."),
  actor: z.object({ kind: z.enum(['admin', 'agent', 'sender', 'service']), id: z.string() }),
  correlation_id: z
    .string()
    .describe('The same for everything that follows from one request; its X-Request-Id.'),
  causation_id: textOrNull.describe('The request or event that directly led to this event.'),
  revision: z.int().describe('In its stream.'),
  position: z.string().describe('In the log: <incarnation>:<position>, as as_of takes it.'),
};

const change = z.object({
  ...eventMembers,
  reason: textOrNull.describe('What the actor gave as the reason.'),
  before: fields.describe(
    'The fields that the event changed, as they were; null: it did not exist. A secret or token is only "set" or "not_set".',
  ),
  after: fields.describe('The same fields after the event; null: it was deleted.'),
  agent_id: z.uuid().optional().describe('The agent that the event names.'),
  webhook_id: z.uuid().optional().describe('The webhook that the event names.'),
  delivery_id: z.uuid().optional().describe('The delivery that the event is about.'),
});
export type ChangeEntry = z.infer<typeof change>;

export class ChangeList extends createZodDto(listOf(change)) {}

const { limit, cursor } = pageQuery;
export class HistoryQuery extends createZodDto(z.object({ limit, cursor })) {}

/** What a resource looked like around an event, in the words of the API. */
export type Fields = Readonly<Record<string, unknown>>;

const eventEntry = (incarnation: string, event: ProjectedEvent) => ({
  event_id: event.id,
  type: event.type,
  occurred_at: event.metadata.occurredAt,
  recorded_at: event.recordedAt,
  actor: event.metadata.actor,
  correlation_id: event.metadata.correlationId,
  causation_id: event.metadata.causationId,
  revision: event.revision,
  position: shownPosition(incarnation, event.position),
});

/** The entry for an event that led from one state to another; null: it did not exist. */
export const changeEntry = (
  incarnation: string,
  event: ProjectedEvent,
  before: Fields | null,
  after: Fields | null,
): ChangeEntry => {
  const { reason } = event.data as { reason?: unknown };
  return {
    ...eventEntry(incarnation, event),
    reason: typeof reason === 'string' ? reason : null,
    ...(before && after ? changed(before, after) : { before, after }),
  };
};

const changed = (before: Fields, after: Fields): { before: Fields; after: Fields } => {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) || isSecret(name),
  );
  const of = (all: Fields) => Object.fromEntries(names.map((name) => [name, all[name] ?? null]));
  return { before: of(before), after: of(after) };
};

/** A new secret is a change, although what is shown of it is the same. */
const isSecret = (name: string): boolean => name === 'secret' || name === 'token';

/** What is shown of a secret, next to an event that is about it. */
export const secretState = (isSet: boolean): 'set' | 'not_set' => (isSet ? 'set' : 'not_set');
