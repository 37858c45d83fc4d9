import type { GatewayLink } from '../link/gateway-link.ts';
import type { Rejected, Unavailable } from '../outcome.ts';
import type { Found, Whereabouts } from '../port.ts';
import { askForEnd } from '../runs/agent-wait.ts';

/**
 * What the OpenClaw gateway's process remembers of messages that have neither rows nor receipts. Messages that it does not remember, or
 * that may be running, are left out.
 *
 * - `consumed`: a run with the message has ended.
 * - `queued`: it waits in the process's memory.
 * - `dropped`: its request is done. Without a row, the session never got it.
 * - `interrupted`: its run was stopped or failed before it had a row.
 */
export const askForAbsent = async (
  link: GatewayLink,
  keys: readonly string[],
  deadline: number,
): Promise<ReadonlyMap<string, Whereabouts> | Unavailable | Rejected> => {
  const remembered = new Map<string, Whereabouts>();
  const answers = await Promise.all(
    keys.map(async (key) => [key, await askForEnd(link, key, 0, deadline - Date.now(), [])] as const),
  );
  for (const [key, asked] of answers) {
    if (asked.kind !== 'asked') return asked;
    if (asked.request === 'queued') remembered.set(key, 'queued');
    if (asked.request !== 'done') continue;
    if (asked.end === null) remembered.set(key, 'dropped');
    else remembered.set(key, hadAReply.has(asked.end.outcome) ? 'consumed' : 'interrupted');
  }
  return remembered;
};

const hadAReply: ReadonlySet<string> = new Set(['ok', 'no_reply']);

/** Adds what the process remembers about the keys that are still absent. */
export const withRemembered = (
  found: Extract<Found, { kind: 'found' }>,
  remembered: ReadonlyMap<string, Whereabouts>,
): Found => ({ ...found, keys: new Map([...remembered, ...found.keys]) });
