import type { Checkpoint } from '../port.ts';
import type { Connection, ConnectionLink } from './connection.ts';
import { readHead } from './log-head.ts';
import type { Visibility } from './visibility.ts';

/** Shares reads of the log's head among concurrent callers. Callers that ask during a read share the next one. */
export class SharedHead {
  readonly #connection: Connection;
  readonly #visibility: Visibility;
  #looking: Promise<unknown> | undefined;
  #next: Promise<Checkpoint | null> | undefined;

  constructor(connection: Connection, visibility: Visibility) {
    this.#connection = connection;
    this.#visibility = visibility;
  }

  read(link: ConnectionLink): Promise<Checkpoint | null> {
    this.#next ??= this.#look(link, this.#looking);
    return this.#next;
  }

  async #look(link: ConnectionLink, before: Promise<unknown> | undefined): Promise<Checkpoint | null> {
    await before?.catch(() => undefined);
    const look = readHead(this.#connection, link);
    this.#looking = look;
    this.#next = undefined;
    const head = await look;
    if (this.#looking === look) this.#looking = undefined;
    if (head !== null) this.#visibility.saw(head.position);
    return head;
  }
}
