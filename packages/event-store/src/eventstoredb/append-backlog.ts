import { EventStoreBusy } from '../errors.ts';
import type { PendingAppend } from './pending-append.ts';

/** As many as even a slow server can store within an append's deadline. */
const bounds = { appends: 4_000, bytes: 64 * 1024 * 1024 };

/** Appends that wait to be sent, in the order of the calls. Appends put back after a broken stream keep that order. */
export class AppendBacklog {
  readonly #appends: PendingAppend[] = [];
  #bytes = 0;

  get size(): number {
    return this.#appends.length;
  }

  get first(): PendingAppend | undefined {
    return this.#appends[0];
  }

  /** If no append waits, any size is accepted. @throws EventStoreBusy */
  add(append: PendingAppend): void {
    const full = this.size >= bounds.appends || this.#bytes + append.bytes > bounds.bytes;
    if (full && this.size > 0)
      throw new EventStoreBusy(`${this.size} appends are already waiting in this process`);
    this.#appends.push(append);
    this.#bytes += append.bytes;
  }

  putBack(appends: readonly PendingAppend[]): void {
    this.#appends.unshift(...appends);
    for (const { bytes } of appends) this.#bytes += bytes;
  }

  takeFirst(): PendingAppend | undefined {
    const append = this.#appends.shift();
    this.#bytes -= append?.bytes ?? 0;
    return append;
  }

  takeAll(): readonly PendingAppend[] {
    this.#bytes = 0;
    return this.#appends.splice(0);
  }
}
