import type { GatewayLink } from '../link/gateway-link.ts';
import type { FindWithin, Found } from '../port.ts';
import { askForAbsent, withRemembered } from './absent-messages.ts';
import { searchHistory } from './search-history.ts';

const maxKeys = 50;

/**
 * Looks up where the OpenClaw gateway has messages. Needed to confirm them, and before sending again after a doubt: the gateway's own
 * deduplication lasts only while its process lives, and for five minutes after a run ends.
 *
 * Messages to a session that is just being created wait in the process's memory only, where a full queue drops them without a trace.
 * `agent.wait` knows about them, and is queried in the complete mode.
 *
 * After an absent key it is safe to send again with the *same* key, but not with another one: a request that the gateway has read but not
 * yet processed is not visible anywhere, but the same process would recognise its repeat.
 */
export const find = async (
  link: GatewayLink,
  sessionKey: string,
  keys: readonly string[],
  { mode, rows, timeoutMs }: FindWithin,
): Promise<Found> => {
  if (keys.length > maxKeys) throw new RangeError(`At most ${maxKeys} keys can be looked up at once.`);
  const deadline = Date.now() + timeoutMs;
  const found = await searchHistory(link, sessionKey, keys, { mode, rows }, deadline);
  if (mode === 'quick' || found.kind !== 'found' || keys.every((key) => found.keys.has(key))) return found;
  const remembered = await askForAbsent(
    link,
    keys.filter((key) => !found.keys.has(key)),
    deadline,
  );
  if ('kind' in remembered) return remembered;
  if (remembered.size === 0) return found;
  // A message may have got its row after the history was read and before it left the queue.
  const again = await searchHistory(link, sessionKey, keys, { mode }, deadline);
  if (again.kind !== 'found') return again;
  // After a reset, a missing row does not mean that there was none.
  return again.complete && again.reset === null ? withRemembered(again, remembered) : again;
};
