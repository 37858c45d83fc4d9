import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@mission-control/runtime';

const pollMs = 100;
const reportEveryMs = 10_000;

/** Resolves when every service's `/readyz` has answered 200. Logs from time to time what it is waiting for. */
export const waitUntilReady = async (
  managementPorts: Readonly<Record<string, number>>,
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<void> => {
  let reportAt = performance.now() + reportEveryMs;
  for (;;) {
    const states = await Promise.all(
      Object.entries(managementPorts).map(async ([name, port]) => ({ name, lacks: await whatItLacks(port) })),
    );
    const waiting = states.filter(({ lacks }) => lacks !== null);
    if (waiting.length === 0) return;
    if (performance.now() > reportAt) {
      for (const { name, lacks } of waiting) log.info(`waiting for ${name}: ${lacks}`);
      reportAt += reportEveryMs;
    }
    await delay(pollMs, undefined, { signal });
  }
};

/** Returns null if the service is ready. */
const whatItLacks = async (port: number): Promise<string | null> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) });
    const body = await answer.text();
    return answer.status === 200 ? null : body;
  } catch {
    return 'no answer yet';
  }
};
