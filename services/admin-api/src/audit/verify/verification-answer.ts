import { faultSchema, isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { textOrNull } from '../../http/texts.ts';

const count = z.int().nonnegative();

export class VerificationAnswer extends createZodDto(
  z.object({
    id: z.uuid(),
    status: z.enum(['running', 'verified', 'failed']),
    requested_at: z.iso.datetime(),
    requested_by: z.string(),
    ended_at: textOrNull,
    from: textOrNull.describe('Position of the first event that was looked at.'),
    to: textOrNull.describe('Position of the last one.'),
    leaves: count.nullable().describe('Leaves of the Merkle log that are verified or explained.'),
    hidden: z
      .object({
        removed: count.describe(
          'Leaves of events that were removed, as facts say: by retention or deletion.',
        ),
        bounded: count.describe('Leaves of events of which only the newest are kept.'),
        before_sealing: count.describe('Events that were hidden before they could be sealed.'),
      })
      .nullable()
      .describe('What is gone, and why.'),
    unsealed: count.nullable().describe('Events after the last sealed one.'),
    checkpoints: count.nullable().describe('Signed checkpoints whose root and signature are right.'),
    anchor: z
      .enum(['compared', 'absent'])
      .nullable()
      .describe(
        'Whether a signed checkpoint outside the event store was compared. Without one, a cut tail is not found.',
      ),
    fault: faultSchema.nullable().describe('The first place where the history is not as it was sealed.'),
  }),
) {}

/** The last verification; null: none was requested. */
export const lastVerification = async (
  store: EventStore,
): Promise<{ readonly answer: VerificationAnswer; readonly revision: number } | null> => {
  // A steward that was killed may end one again later.
  const ended = new Map<string, Ended>();
  let revision = -1;
  for await (const recorded of store.readStream(streams.auditVerifications, { direction: 'backwards' })) {
    revision = Math.max(revision, recorded.revision);
    const event = parseEvent(recorded);
    if (isEvent(event, 'AuditVerificationEnded')) ended.set(event.data.verificationId, event);
    if (!isEvent(event, 'AuditVerificationRequested')) continue;
    const { verificationId: id } = event.data;
    const { occurredAt, actor } = event.metadata;
    const requested = { id, requested_at: occurredAt, requested_by: actor.id };
    const end = ended.get(id);
    return { answer: { ...requested, ...(end ? endOf(end) : running) }, revision };
  }
  return null;
};

type Ended = Extract<ReturnType<typeof parseEvent>, { type: 'AuditVerificationEnded' }>;

const running = {
  ...({ status: 'running', ended_at: null, from: null, to: null, leaves: null, hidden: null } as const),
  ...{ unsealed: null, checkpoints: null, anchor: null, fault: null },
};

const endOf = ({ data, metadata }: Ended) => {
  const { status, from, to, leaves, hidden, alreadyHidden, unsealed, checkpoints, anchor, fault } = data;
  return {
    ...{ status, ended_at: metadata.occurredAt, from, to, leaves },
    hidden: { ...hidden, before_sealing: alreadyHidden },
    ...{ unsealed, checkpoints, anchor, fault },
  };
};
