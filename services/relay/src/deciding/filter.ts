import { actorOf, contentOf } from '@mission-control/contracts';
import { escapeText } from '@mission-control/domain';
import type { RecordedArrival } from './decision.ts';
import type { Rules } from './rules.ts';

export type Verdict =
  | { readonly kind: 'notify' }
  | { readonly kind: 'filtered'; readonly reason: 'ignored_actor' | 'notify_when'; readonly detail?: string };

/** Whether an agent is told of the payload, according to the webhook's rules. Never rejects. */
export type PayloadFilter = (rules: Rules, arrival: RecordedArrival) => Promise<Verdict>;

const notify: Verdict = { kind: 'notify' };

export const filterPayload: PayloadFilter = async ({ ignoreActors, actor }, { data }) => {
  if (ignoreActors.length === 0) return notify;
  const found = actorOf(data, { actor }, contentOf(data));
  return found !== null && ignoreActors.includes(found)
    ? { kind: 'filtered', reason: 'ignored_actor', detail: escapeText(found).slice(0, 200) }
    : notify;
};
