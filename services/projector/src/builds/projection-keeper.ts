import type { Rebuilds } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import {
  type BatchMetrics,
  type Build,
  beginBuild,
  cancelBuild,
  createBatchMetrics,
  dropUnread,
  highestBuild,
  listBuilds,
  noteProgress,
  type Projection,
  shareOf,
  switchTo,
} from '@mission-control/projections';
import type { openReadModels, ReadModels } from '@mission-control/read-models';
import { keepRunning, type Logger } from '@mission-control/runtime';
import type { Meter } from '@opentelemetry/api';
import { BuildRun, type OpenBuild } from './build-run.ts';
import { observeKeeper } from './keeper-metrics.ts';
import { RebuildFacts } from './rebuild-facts.ts';
import { Speed } from './speed.ts';

export interface KeeperOptions {
  readonly projection: Projection<ReadModels>;
  readonly db: ReturnType<typeof openReadModels>['db'];
  /** Opens the tables of a build. null: those of the main schema. */
  readonly open: OpenBuild;
  readonly store: EventStore;
  readonly log: Logger;
  readonly meter?: Meter;
  /** Whether a version of the code that is higher than that of the rows starts a rebuild. */
  readonly rebuildOnStart: boolean;
  /** How long a retired build is kept after its last reader was seen. */
  readonly graceSeconds: number;
}

/** While a build is filled, its progress is recorded and a switch is tried this often. */
const buildingPauseMs = 500;
/** How often a retired build is looked at. */
const retiredPauseMs = 5_000;

/**
 * Keeps the builds of one projection: fills those that are read and the one that is being filled, each from its own checkpoint, and makes
 * of the database what the log says. Every step can be repeated, so after a crash it simply begins again. Several processes may do this at
 * once: each build is filled by one of them, and each change of builds is a transaction that finds out whether it is still to be made.
 */
export class ProjectionKeeper {
  readonly #options: KeeperOptions;
  readonly #facts: RebuildFacts;
  readonly #runs = new Map<string, BuildRun>();
  readonly #metrics: BatchMetrics | undefined;
  #builds: readonly Build[] = [];
  #speed = new Speed();
  /** By runs that have ended. */
  #appliedBefore = 0;
  #wake = (): void => {};
  #isPoked = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#facts = new RebuildFacts(options.store, this.name);
    const { meter } = options;
    this.#metrics = meter && createBatchMetrics(meter, this.name);
    if (meter) observeKeeper(meter, this);
  }

  get name(): string {
    return this.#options.projection.name;
  }

  /** The builds that are not dropped, as last seen. */
  get builds(): readonly Build[] {
    return this.#builds;
  }

  /** The run of the live build, if this process knows its version. */
  get live(): BuildRun | undefined {
    return this.#runOf('live');
  }

  /** Events that this process has applied, to whichever build. */
  get applied(): number {
    return [...this.#runs.values()].reduce((sum, { runner }) => sum + runner.applied, this.#appliedBefore);
  }

  /** The share of the log that the build that is being filled has passed; 1: this process fills none. */
  get progress(): number {
    const run = this.#runOf('building');
    return run && !run.isStandingBy ? this.#shareOf(run) : 1;
  }

  /** For readiness: throws the reason if the build that is read is not kept up to date. */
  check(): void {
    const read = this.live ?? this.#runOf('retired');
    if (!read) throw new Error('no build of this version is live yet');
    read.check();
  }

  /** Looks at once whether there is something to do. */
  poke(): void {
    this.#isPoked = true;
    this.#wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    const work = async () => {
      while (!signal.aborted) {
        const pauseMs = await this.#reconcile();
        await this.#pause(pauseMs, signal);
      }
    };
    try {
      await keepRunning(`the builds of the projection ${this.name}`, work, { signal, log });
    } finally {
      await Promise.all([...this.#runs.values()].map((run) => run.stop()));
    }
  }

  /** Resolves to how long nothing is to be done, in ms, unless the log says otherwise. */
  async #reconcile(): Promise<number> {
    const rebuilds = await this.#facts.load();
    await this.#look();
    if (this.#isDemanded() && !rebuilds.running) {
      await this.#facts.demand(await highestBuild(this.#options.db, this.name));
      this.#isPoked = true;
    }
    if (rebuilds.running && this.#mayBegin(rebuilds.running)) await this.#begin(rebuilds.running.build);
    const building = this.#buildIn('building');
    if (building) {
      const isWanted = building.build === (rebuilds.running?.build ?? rebuilds.live);
      if (isWanted) await this.#fill(building);
      else await this.#cancel(building);
    }
    for (const build of this.#builds) if (build.state === 'retired') await this.#drop(build);
    await this.#startAndStop();
    if (this.#buildIn('building')) return buildingPauseMs;
    return this.#buildIn('retired') ? retiredPauseMs : Number.POSITIVE_INFINITY;
  }

  async #look(): Promise<void> {
    this.#builds = await listBuilds(this.#options.db, [this.name]);
    await this.#startAndStop();
  }

  #isDemanded(): boolean {
    return this.#options.rebuildOnStart && this.#isOfAnotherVersion();
  }

  /** A build that the version of a release demands is begun by that release: an older one would fill it with its own rows. */
  #mayBegin({ cause }: NonNullable<Rebuilds['running']>): boolean {
    return cause === 'request' || this.#isOfAnotherVersion();
  }

  /** No build that is filled or read has the version of this code: it is newer than all of them, or older. */
  #isOfAnotherVersion(): boolean {
    const { version: own } = this.#options.projection;
    const versions = this.#builds.flatMap(({ version }) => version ?? []);
    return versions.length > 0 && (Math.max(...versions) < own || Math.min(...versions) > own);
  }

  async #begin(build: number): Promise<void> {
    const { db, projection, store, log } = this.#options;
    if (this.#builds.some((one) => one.build === build)) return;
    // A build that the log has given up may still be there.
    const other = this.#buildIn('building');
    if (other) await this.#cancel(other);
    const head = await store.head();
    if (!(await beginBuild(db, projection, build, head?.position ?? null))) return;
    log.info({ projection: this.name, build }, 'filling a new build');
    this.#speed = new Speed();
    await this.#look();
  }

  async #fill(build: Build): Promise<void> {
    const run = this.#runs.get(build.checkpoint);
    if (!run || run.isStandingBy) return;
    const { db, projection, log } = this.#options;
    const speed = this.#speed.add(performance.now(), run.runner.applied, this.#shareOf(run));
    await noteProgress(db, build, { ...speed, problem: run.problem });
    if (run.runner.state.status !== 'live') return;
    const decide = () => this.#facts.decideRebuilt(build.build, projection.version);
    if ((await switchTo(db, this.name, build.build, decide)) !== 'switched') return;
    log.info({ projection: this.name, build: build.build }, 'switched to the new build');
    await this.#look();
  }

  async #cancel(build: Build): Promise<void> {
    const { db, log } = this.#options;
    await this.#stop(build);
    await cancelBuild(db, this.name, build.build);
    log.info({ projection: this.name, build: build.build }, 'dropped a build that was cancelled');
    await this.#look();
  }

  async #drop(build: Build): Promise<void> {
    const { db, projection, graceSeconds, log } = this.#options;
    if (this.#runs.get(build.checkpoint)?.isStandingBy) return;
    if ((await dropUnread(db, projection, build.build, graceSeconds)) !== 'dropped') return;
    log.info({ projection: this.name, build: build.build }, 'dropped a build that nobody reads');
    await this.#look();
  }

  /** Fills the builds that there are, except those of a newer version. */
  async #startAndStop(): Promise<void> {
    const { projection, open, store, log } = this.#options;
    const filled = this.#builds.filter(({ version }) => (version ?? 0) <= projection.version);
    for (const run of this.#runs.values())
      if (!filled.some(({ checkpoint }) => checkpoint === run.build.checkpoint)) await this.#stop(run.build);
    for (const build of filled) {
      if (this.#runs.has(build.checkpoint)) continue;
      const run = new BuildRun({ build, projection, open, store, log, metrics: this.#metrics });
      this.#runs.set(build.checkpoint, run);
    }
  }

  async #stop({ checkpoint }: Build): Promise<void> {
    const run = this.#runs.get(checkpoint);
    await run?.stop();
    this.#runs.delete(checkpoint);
    this.#appliedBefore += run?.runner.applied ?? 0;
  }

  #buildIn(state: Build['state']): Build | undefined {
    return this.#builds.find((one) => one.state === state);
  }

  #runOf(state: Build['state']): BuildRun | undefined {
    const build = this.#buildIn(state);
    return build && this.#runs.get(build.checkpoint);
  }

  #shareOf({ runner, build }: BuildRun): number {
    return shareOf(runner.position, build.target, this.live?.runner.position ?? null);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isPoked && !signal.aborted) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (Number.isFinite(ms)) timer = setTimeout(resolve, ms);
      });
      clearTimeout(timer);
    }
    this.#wake = () => {};
    this.#isPoked = false;
  }
}
