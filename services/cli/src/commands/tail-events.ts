import { everySecond } from '../api/every-second.ts';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import { printerOf } from '../output/list.ts';
import type { Session } from '../session.ts';
import { type AuditEvent, type EventOptions, eventColumns, eventQueryOf } from './audit-events.ts';

/** How far the clocks of the system's machines may differ. */
const skewMs = 300_000;

/**
 * Prints events as they are recorded, without end. What it has looked through it does not ask for again: it goes on after the last event
 * that it printed and, if none was printed lately, some minutes before the last look.
 */
export const tailEvents = async (session: Session, options: EventOptions): Promise<never> => {
  const print = printerOf(session, eventColumns);
  const query = eventQueryOf(options);
  const startedAt = performance.now();
  let systemStart: number | undefined;
  let since = options.since;
  let after: string | undefined;
  const look = async (): Promise<void> => {
    systemStart ??= await systemTime(session, query);
    since ??= new Date(systemStart).toISOString();
    const lookedAt = systemStart + performance.now() - startedAt;
    const pages = pagesOf(
      session.client,
      routes.listAuditEvents,
      { query: { ...query, since, after } },
      Number.POSITIVE_INFINITY,
    );
    for await (const page of pages) {
      await print(page);
      const last = page.items.at(-1);
      if (last !== undefined) after = (JSON.parse(last) as AuditEvent).position;
    }
    since = new Date(Math.max(Date.parse(since), lookedAt - skewMs)).toISOString();
  };
  const looks = everySecond(session, look);
  for (;;) await looks.next();
};

/** By the system's own clock, which may differ from this machine's. Milliseconds; the header has whole seconds. */
const systemTime = async ({ client }: Session, query: ReturnType<typeof eventQueryOf>): Promise<number> => {
  const response = await client.open(routes.listAuditEvents, { query: { ...query, limit: 1 } });
  await response.body?.cancel();
  const time = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(time) ? Date.now() : time;
};
