import {
  type EventStore,
  lastEvent,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type StreamSettings,
} from '@mission-control/event-store';
import { LRUCache } from 'lru-cache';
import type { Place } from '../log/events.ts';
import { isMarkOfCopy } from '../log/mark-restored.ts';
import { copiedEvents } from '../log/own-streams.ts';
import { namedPositions, translated } from './checkpoints.ts';
import { replaceHidden } from './hidden-revisions.ts';
import { outOfOrder } from './out-of-order.ts';
import type { CopyProgress } from './progress.ts';

/** What is appended at once. On Postgres it is one statement, so it is stored whole or not at all. */
const windowLimits = { events: 1_000, bytes: 3 * 1024 * 1024 };
/** A copy that continues compares at most what was appended since the last record. */
const windowsPerRecord = 10;
/** Streams whose last revision is remembered. For others it is read from the target. */
const knownStreams = 100_000;

export interface Copying {
  readonly source: EventStore;
  readonly target: EventStore;
  readonly incarnations: { readonly source: string; readonly target: string };
  readonly settings: ReadonlyMap<string, StreamSettings>;
  readonly progress: CopyProgress;
  /** The last position of the source to copy. */
  readonly upTo: Position;
  /** Called after every append, with the number of events so far, and the position of the last one in the source. */
  readonly copied: (events: number, position: Position) => void;
}

interface Pending {
  readonly stream: string;
  readonly event: NewEvent;
  readonly revision: number;
}

/**
 * Copies events in the order of the source. Appends are sent in windows without waiting for each other, and stored in the order in which they
 * are sent, so a copy that is killed leaves a prefix. It continues after the last record, and skips what it finds there.
 */
export class LogCopier {
  readonly #parts: Copying;
  readonly #last = new LRUCache<string, number>({ max: knownStreams });
  readonly #places: Map<Position, Place>;
  /** Positions of the source that are still ahead and have to be translated. */
  #named: Position[] = [];
  #window: Pending[] = [];
  #windowBytes = 0;
  #windows = 0;
  /** The last event of the target. */
  #stored: Place;
  #upTo: Position | null;
  #events = 0;

  constructor(parts: Copying, begun: Place) {
    this.#parts = parts;
    this.#stored = begun;
    this.#upTo = parts.progress.state.upTo;
    this.#places = new Map(parts.progress.state.places);
  }

  /** @returns the number of events that are in the target now and were not there at the last record */
  async copy(): Promise<number> {
    const { source, target, incarnations, progress, upTo } = this.#parts;
    const positions = await namedPositions(source, incarnations.source);
    this.#named = positions.filter((position) => !this.#places.has(position));
    const there = await Array.fromAsync(copiedEvents(target, { after: progress.at?.position ?? 'start' }));
    for await (const event of copiedEvents(source, { after: this.#upTo ?? 'start', upTo })) {
      await this.#passNamed(event.position);
      if (there.length > 0 && (await this.#isThere(event, there))) continue;
      await this.#add(event);
      this.#upTo = event.position;
      if (this.#window.length >= windowLimits.events || this.#windowBytes >= windowLimits.bytes)
        await this.#append();
    }
    const [unexpected] = there;
    if (unexpected && !(await this.#isGone(unexpected))) throw outOfOrder(unexpected.stream);
    await this.#append();
    this.#upTo = upTo;
    await this.#record();
    return this.#events;
  }

  /** Whether a copy that was interrupted has stored the event already. */
  async #isThere(event: RecordedEvent, there: RecordedEvent[]): Promise<boolean> {
    for (let next = there[0]; next; next = there[0]) {
      const same = next.id === event.id && next.stream === event.stream && next.revision === event.revision;
      if (!same && !(await this.#isGone(next))) throw outOfOrder(next.stream);
      there.shift();
      if (!same) continue;
      this.#last.set(next.stream, next.revision);
      this.#stored = { position: next.position, eventId: next.id };
      this.#upTo = event.position;
      this.#events += 1;
      return true;
    }
    return false;
  }

  /** The source may have hidden an event after it was copied. The mark of a copy that was complete is not in the source. */
  async #isGone(event: RecordedEvent): Promise<boolean> {
    const { source, settings } = this.#parts;
    if (isMarkOfCopy(event)) return true;
    return settings.has(event.stream) && (await source.readEvent(event.stream, event.revision)) === 'gone';
  }

  async #add(event: RecordedEvent): Promise<void> {
    const { source, target, incarnations, settings } = this.#parts;
    const { stream, revision } = event;
    const last =
      this.#last.get(stream) ?? (revision === 0 ? -1 : ((await lastEvent(target, stream))?.revision ?? -1));
    if (revision <= last) throw outOfOrder(stream);
    if (revision > last + 1) {
      if ((await source.readEvent(stream, revision - 1)) !== 'gone') throw outOfOrder(stream);
      await this.#append();
      const metadata = settings.get(stream)?.metadata ?? {};
      await replaceHidden(target, { stream, after: last, before: revision, metadata });
    }
    const placed = translated(event, incarnations.source, incarnations.target, (position) => {
      const place = this.#places.get(position);
      if (!place) throw new Error(`${stream}@${revision} names a position that is not before it.`);
      return place;
    });
    this.#last.set(stream, revision);
    this.#window.push({ stream, event: placed, revision });
    this.#windowBytes += Buffer.byteLength(JSON.stringify(event.data));
  }

  /** A position that events of the source name becomes that of the last event that was copied up to it. */
  async #passNamed(position: Position): Promise<void> {
    while (this.#named[0] !== undefined && this.#named[0] < position) {
      await this.#append();
      this.#places.set(this.#named.shift() as Position, this.#stored);
    }
  }

  async #append(): Promise<void> {
    const window = this.#window;
    if (window.length === 0) return;
    this.#window = [];
    this.#windowBytes = 0;
    const appends = window.map(({ stream, event, revision }) =>
      this.#parts.target.append(stream, revision === 0 ? 'no_stream' : revision - 1, [event]),
    );
    const settled = await Promise.allSettled(appends);
    for (const [n, one] of settled.entries()) {
      if (one.status === 'rejected') throw one.reason;
      const { stream, event } = window[n] as Pending;
      if (!one.value.ok || one.value.position <= this.#stored.position) throw outOfOrder(stream);
      this.#stored = { position: one.value.position, eventId: event.id };
    }
    this.#events += window.length;
    this.#parts.copied(this.#events, this.#upTo ?? 0n);
    this.#windows += 1;
    if (this.#windows % windowsPerRecord === 0) await this.#record();
  }

  async #record(): Promise<void> {
    this.#stored = await this.#parts.progress.record({
      upTo: this.#upTo,
      places: this.#places,
      status: 'copying',
    });
  }
}
