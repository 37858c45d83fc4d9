import type { Checkpoint } from '../port.ts';
import type { LogReading, LogSource } from '../subscription/log-source.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { verifyCheckpoint } from './log-head.ts';
import { LogTailReader, type TailParts } from './log-tail.ts';
import { pageGrowth } from './read-page.ts';

export const eventStoreDbLogSource = (parts: TailParts): LogSource => ({
  reading: () => new Reading(parts),
  follow: (from) => new LogTailReader(parts, from),
  pages: pageGrowth,
});

/** With every new link, the reader's position is verified again before anything read over that link is returned. */
class Reading implements LogReading {
  readonly #parts: TailParts;
  #trusted: ConnectionLink | undefined;

  constructor(parts: TailParts) {
    this.#parts = parts;
  }

  head(at: Checkpoint | null): Promise<Checkpoint | null> {
    const { connection, head } = this.#parts;
    return connection.use(async (link) => {
      const last = await head.read(link);
      if (at !== null && (last?.position ?? 0n) < at.position) this.#trusted = undefined;
      await this.#trust(connection, link, at);
      return last;
    });
  }

  async page(...[after, _upTo, filter, count]: Parameters<LogReading['page']>) {
    const { connection, reader } = this.#parts;
    return connection.use(async (link) => {
      await this.#trust(connection, link, after);
      const from = after?.position ?? 'start';
      const page = await reader.page(link, { after: from, direction: 'forwards', filter, count });
      const last = page.events.at(-1);
      return {
        events: page.events.filter(page.shows),
        upTo: last === undefined ? after : checkpointAt(link, last),
        complete: page.complete,
      };
    });
  }

  async #trust(connection: Connection, link: ConnectionLink, at: Checkpoint | null): Promise<void> {
    if (at !== null && this.#trusted !== link) await verifyCheckpoint(connection, link, at);
    this.#trusted = link;
  }
}

const checkpointAt = (
  { incarnation }: ConnectionLink,
  { position, id }: { readonly position: bigint; readonly id: string },
): Checkpoint => ({ incarnation, position, eventId: id });
