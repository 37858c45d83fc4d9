import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import { begin } from './begin.ts';
import { resume } from './resume.ts';
import type { SessionView } from './session-view.ts';
import { over, type Turn } from './turn.ts';

/**
 * Does what is due for the first delivery of a session. All state that matters is in the payload's delivery stream, so a delivery that was
 * interrupted at any point, even by a kill, continues from there.
 *
 * States of a delivery: nothing yet → `attempted` → `sent` → told → handled or run_failed. `attempted` is appended at an exact revision
 * before the first send, so a process that loses that race does not send. From `attempted` and `sent` it continues only after a look-up.
 */
export const takeTurn = async (parts: LaneParts, session: SessionView, delivery: Delivery): Promise<Turn> => {
  await delivery.recorded();
  const { decision } = delivery;
  switch (decision) {
    case 'nothing':
      return over;
    case 'follow':
      return { kind: 'told' };
    case 'begin':
      return begin(parts, session, delivery);
    case 'resume':
      return resume(parts, session, delivery);
    default:
      return decision satisfies never;
  }
};
