import { AsyncLocalStorage } from 'node:async_hooks';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import type { ReadModels } from '../tables/read-models.ts';
import { BuildSet, keyOf } from './build-set.ts';
import { Follower, type KnownProjection } from './follower.ts';

export interface FollowOptions {
  /** The application name of the connections, as the server shows it. */
  readonly name?: string;
  /** The maximum number of connections that read; default 10. One more follows the builds. During a switch there are twice as many. */
  readonly connections?: number;
  readonly prefix?: string;
  /** The projections that this process knows, with the versions of its code. */
  readonly projections: readonly KnownProjection[];
}

/** What a request reads: the same builds from its first query to its last. */
export interface Pin {
  /** Runs the request, or a part of it. */
  run<T>(work: () => T): T;
  /** From now on, each query reads the builds that are live then. */
  release(): void;
}

interface Held {
  set?: Promise<BuildSet> | undefined;
  isReleased: boolean;
}

/**
 * The read models, for queries: follows the live builds. Nothing is connected before the first query. Within a pin, all queries read one
 * set of builds, the one that was live at the first query; other queries read the one that is live when they begin.
 */
export class LiveReadModels {
  readonly db: Kysely<ReadModels>;
  readonly #databaseUrl: string;
  readonly #options: FollowOptions;
  readonly #pins = new AsyncLocalStorage<Held>();
  readonly #retiring = new Set<BuildSet>();
  #follower: Promise<Follower> | undefined;
  #set: BuildSet | undefined;
  /** The locks on the builds of the set are held, and switches are heard of. */
  #isFollowing = false;
  /** Changes of the set happen one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(databaseUrl: string, options: FollowOptions) {
    this.#databaseUrl = databaseUrl;
    this.#options = options;
    const pool = { options: {}, connect: () => this.#connect(), end: () => this.#end() };
    this.db = new Kysely<ReadModels>({ dialect: new PostgresDialect({ pool }) });
  }

  pin(): Pin {
    const held: Held = { isReleased: false };
    return {
      run: (work) => this.#pins.run(held, work),
      release: () => {
        if (held.isReleased) return;
        held.isReleased = true;
        held.set?.then(
          (set) => set.unpin(),
          () => {},
        );
      },
    };
  }

  /** The checkpoints of the builds that are read now: after a command, they have to get to its position. */
  async checkpoint(projection: string): Promise<string> {
    const { builds } = await this.#chosen();
    return builds.find((one) => one.projection === projection)?.checkpoint ?? projection;
  }

  close(): Promise<void> {
    return this.db.destroy();
  }

  async #connect(): Promise<pg.PoolClient> {
    return (await this.#chosen()).connect();
  }

  /** The set of the pin that is being run; without one, the current set. */
  #chosen(): Promise<BuildSet> {
    const held = this.#pins.getStore();
    if (!held || held.isReleased) return this.#current();
    held.set ??= this.#current().then(
      (set) => {
        set.pin();
        return set;
      },
      (error) => {
        held.set = undefined;
        throw error;
      },
    );
    return held.set;
  }

  async #current(): Promise<BuildSet> {
    if (this.#set && this.#isFollowing) return this.#set;
    return this.#refreshed();
  }

  /** Chooses the builds anew, one call after the other. */
  #refreshed(): Promise<BuildSet> {
    const refreshed = this.#work.then(() => this.#refresh());
    this.#work = refreshed.catch(() => {});
    return refreshed;
  }

  async #refresh(): Promise<BuildSet> {
    if (this.#isClosed) throw new Error('The read models are closed.');
    const follower = await this.#connected();
    const builds = await follower.choose();
    this.#isFollowing = this.#follower !== undefined;
    if (this.#set && keyOf(this.#set.builds) === keyOf(builds)) return this.#set;
    const before = this.#set;
    this.#set = new BuildSet(this.#databaseUrl, this.#options, follower.main, builds);
    if (before) void this.#drain(before);
    return this.#set;
  }

  #connected(): Promise<Follower> {
    if (this.#follower) return this.#follower;
    const opening: Promise<Follower> = Follower.open(this.#databaseUrl, this.#options, {
      changed: () => void this.#refreshed().catch(() => {}),
      ended: () => {
        if (this.#follower !== opening) return;
        this.#follower = undefined;
        this.#isFollowing = false;
      },
    });
    this.#follower = opening;
    opening.catch(() => {
      if (this.#follower === opening) this.#follower = undefined;
    });
    return opening;
  }

  /** The locks of a retired set are held until its last request has ended. */
  async #drain(set: BuildSet): Promise<void> {
    this.#retiring.add(set);
    await set.retire();
    this.#retiring.delete(set);
    const follower = this.#follower;
    if (!follower || this.#isClosed) return;
    this.#work = this.#work
      .then(async () =>
        (await follower).keepOnly(
          [...this.#retiring, ...(this.#set ? [this.#set] : [])].flatMap(({ builds }) => builds),
        ),
      )
      .catch(() => {});
  }

  async #end(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    const sets = [...this.#retiring, ...(this.#set ? [this.#set] : [])];
    await Promise.all(sets.map((set) => set.retire()));
    await (await this.#follower?.catch(() => undefined))?.close();
  }
}
