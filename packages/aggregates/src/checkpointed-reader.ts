import { setTimeout as delay } from 'node:timers/promises';
import {
  type Checkpoint,
  CheckpointNotInLog,
  type EventStore,
  type RecordedEvent,
} from '@mission-control/event-store';
import { CheckpointConflict, type ReaderName, StoredCheckpoint } from './stored-checkpoint.ts';

/** What a reader does between its start at the checkpoint and the first failure. */
export interface ReaderSession {
  /**
   * Takes the next event. Nothing more is read until it resolves.
   *
   * @param before reading the log from here returns the event again; null: from the start
   */
  readonly take: (event: RecordedEvent, before: Checkpoint | null) => Promise<void> | void;
  /** Called whenever every event in the log has been taken. */
  readonly caughtUp?: () => Promise<void>;
  /** The checkpoint for the next session to start from, when everything up to `read` has been taken. */
  readonly checkpointAfter: (read: Checkpoint | null) => Checkpoint | null;
  /** With the reader `replays`: what has not ended. It is stored with the checkpoint, and the next session gets it. */
  readonly open?: () => readonly string[];
  /**
   * Whether the reader works on something that must not be done by two. The checkpoint is then stored even if it has not moved, so that
   * one of two readers fails, and others stand by.
   */
  readonly isBusy?: () => boolean;
  /** Called whenever the checkpoint has been stored: until then, another reader may be the active one. */
  readonly stored?: () => void;
  /** Starts the work that runs alongside the reading, until the signal is aborted. The first rejection ends the session. */
  readonly start: (signal: AbortSignal) => readonly Promise<void>[];
  /** Called when the session ends, to release whatever `take` or the rest may be waiting for. */
  readonly close?: () => void;
}

interface ReaderOptions {
  readonly store: EventStore;
  readonly name: ReaderName;
  /** The event types to read. Only these move the checkpoint; otherwise its own moves would. */
  readonly types: readonly string[];
  /** @param open what the last session left open */
  readonly openSession: (open: readonly string[]) => Promise<ReaderSession>;
  /** Whether an error of a session means that another process has taken over. A checkpoint conflict always does. */
  readonly isFenced?: (error: unknown) => boolean;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** Minimum time between two moves of the checkpoint. After a crash, what was done since the last move is repeated. */
  readonly moveEveryMs: number;
  /** `patienceMs` of the subscription. */
  readonly patienceMs?: number;
  /** How long another reader must have shown no activity before this one takes over. */
  readonly standbyMs?: number;
  /** A value that changes while another reader is active, in addition to the checkpoint, which may have no reason to move. */
  readonly activity?: () => number;
}

/** How often a standby looks at the active reader in `standbyMs`. It takes over at most the time between two looks later. */
const standbyLooks = 5;

/**
 * Reads the log from a stored checkpoint, in sessions: any failure ends a session, and the next one starts at the checkpoint. One
 * reader per name is active. After a conflict, the other one stands by until the active one is no longer active.
 */
export class CheckpointedReader {
  readonly #options: ReaderOptions;
  /** Everything up to here has been taken; null: nothing yet. */
  #read: Checkpoint | null = null;
  /** The stored checkpoint is not in the log. */
  #fromStart = false;
  #caughtUp = false;
  #standingBy = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Ready while a session is running that has taken everything that was in the log, and while standing by for another process. */
  readonly readiness = {
    name: 'caught_up',
    check: (): void => {
      if (!this.#caughtUp && !this.#standingBy) throw new Error('catching up');
    },
  };

  /** Whether another process is active instead of this one. */
  get standsBy(): boolean {
    return this.#standingBy;
  }

  /**
   * Runs a session until the signal is aborted. After a failure, call it again after a pause.
   *
   * @throws the first error of the session; if another reader is active, only once that one is no longer active
   */
  async run(signal: AbortSignal): Promise<void> {
    const { name, isFenced, log, standbyMs = 15_000 } = this.#options;
    try {
      await this.#runSession(signal);
    } catch (error) {
      if (error instanceof CheckpointNotInLog) {
        this.#fromStart = true;
        log.error(
          { err: error },
          'the log was restored or replaced; reading it from the start; repeated events have no effect',
        );
      }
      if (error instanceof CheckpointConflict || isFenced?.(error)) {
        log.warn({ standby_ms: standbyMs }, `another ${name} is active; standing by`);
        this.#standingBy = true;
        await this.#standBy(standbyMs, signal).catch(() => {});
        this.#standingBy = false;
      }
      throw error;
    }
  }

  async #standBy(standbyMs: number, signal: AbortSignal): Promise<void> {
    const { store, name, activity = () => 0 } = this.#options;
    const look = async () => {
      try {
        return `${activity()} ${await StoredCheckpoint.revision(store, name)}`;
      } catch {
        // The store is unavailable, so nothing is known of the other reader.
        return null;
      }
    };
    let before = await look();
    for (let unchanged = 0; unchanged < standbyLooks; ) {
      await delay(standbyMs / standbyLooks, undefined, { signal });
      const now = await look();
      unchanged = now !== null && now === before ? unchanged + 1 : 0;
      before = now;
    }
  }

  async #runSession(signal: AbortSignal): Promise<void> {
    const stored = await StoredCheckpoint.load(this.#options.store, this.#options.name);
    const session = await this.#options.openSession(stored.open);
    this.#read = this.#fromStart ? null : stored.checkpoint;
    const ending = new AbortController();
    const sessionSignal = AbortSignal.any([signal, ending.signal]);
    const parts = [
      this.#readLog(session, sessionSignal),
      this.#keepMoving(session, stored, sessionSignal),
      ...session.start(sessionSignal),
    ];
    try {
      await Promise.race(parts);
    } finally {
      this.#caughtUp = false;
      ending.abort();
      session.close?.();
      await Promise.allSettled(parts);
      if (signal.aborted) await this.#move(session, stored);
    }
  }

  async #readLog(session: ReaderSession, signal: AbortSignal): Promise<void> {
    const { store, types, log, name, patienceMs } = this.#options;
    const from = this.#read ?? 'start';
    log.info({ from: from === 'start' ? from : from.position.toString() }, 'reading the log');
    const patience = patienceMs === undefined ? {} : { patienceMs };
    for await (const message of store.subscribeToAll({
      from,
      filter: { types },
      signal,
      name,
      ...patience,
    })) {
      if (message.kind === 'event') {
        await session.take(message.event, this.#read);
        this.#read = message.checkpoint;
      } else if (message.kind === 'caught_up') {
        await session.caughtUp?.();
        if (!this.#caughtUp) log.info({}, 'caught up');
        this.#caughtUp = true;
      }
    }
  }

  async #keepMoving(session: ReaderSession, stored: StoredCheckpoint, signal: AbortSignal): Promise<void> {
    for (;;) {
      await delay(this.#options.moveEveryMs, undefined, { signal });
      await this.#move(session, stored);
    }
  }

  async #move(session: ReaderSession, stored: StoredCheckpoint): Promise<void> {
    const reached = session.checkpointAfter(this.#read);
    if (!reached || (isSame(reached, stored.checkpoint) && !session.isBusy?.())) return;
    await stored.move(reached, session.open?.());
    this.#fromStart = false;
    session.stored?.();
  }
}

const isSame = (one: Checkpoint, other: Checkpoint | null): boolean =>
  one.incarnation === other?.incarnation && one.position === other.position && one.eventId === other.eventId;
