import { aggregates } from '@mission-control/aggregates';
import type { RunningRebuild } from '@mission-control/domain';
import { type Build, highestBuild, listBuilds, shareOf } from '@mission-control/projections';
import { projections } from '@mission-control/read-models';
import { Injectable } from '@nestjs/common';
import { notFound } from '../http/not-found.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { lagAfter } from './lag.ts';
import type { ProjectionAnswer, RebuildAnswer } from './projection-answer.ts';

/** Older than this, an event that is not applied makes a projection `behind`. */
const behindAfterSeconds = 2;

type Known = (typeof projections)[number];

/** What is known of the projections: their builds in the database, and their rebuilds in the log. */
@Injectable()
export class ProjectionStates {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  async list(): Promise<ProjectionAnswer[]> {
    return this.#statesOf(projections);
  }

  /** @throws ApiError 404 when there is no such projection */
  async one(name: string): Promise<ProjectionAnswer> {
    const [state] = await this.#statesOf([this.require(name)]);
    return state as ProjectionAnswer;
  }

  /** @throws ApiError 404 when there is no such projection */
  require(name: string): Known {
    const projection = projections.find((one) => one.name === name);
    if (!projection) throw notFound('projection');
    return projection;
  }

  highestBuild(name: string): Promise<number> {
    return highestBuild(this.reads.db, name);
  }

  /** How far a rebuild has got that the log says is running. */
  async progressOf(name: string, running: RunningRebuild): Promise<RebuildAnswer> {
    return progressOf(running, await this.#builds([name]));
  }

  #builds(names: readonly string[]): Promise<Build[]> {
    return listBuilds(this.reads.db, names);
  }

  /** The log is read first: it says that a rebuild has ended before the database shows the switch. */
  async #statesOf(known: readonly Known[]): Promise<ProjectionAnswer[]> {
    const rebuilds = await Promise.all(
      known.map(({ name }) => this.commands.load(aggregates.rebuilds, name)),
    );
    const builds = await this.#builds(known.map(({ name }) => name));
    return Promise.all(
      known.map((projection, n) => this.#stateOf(projection, builds, rebuilds[n]?.running ?? null)),
    );
  }

  async #stateOf(
    { name, filter }: Known,
    all: readonly Build[],
    running: RunningRebuild | null,
  ): Promise<ProjectionAnswer> {
    const builds = all.filter(({ projection }) => projection === name);
    const live = builds.find(({ state }) => state === 'live');
    const { store } = this.commands;
    const head = await store.head();
    const isInLog = live?.incarnation == null || live.incarnation === head?.incarnation;
    const lag = isInLog
      ? await lagAfter(store, filter, live?.position ?? -1n)
      : { events: null, seconds: null };
    const isBehind = lag.seconds === null || lag.seconds > behindAfterSeconds;
    return {
      name,
      version: live?.version ?? null,
      build: live?.build ?? 1,
      position: live?.position?.toString() ?? null,
      lag_events: lag.events,
      lag_seconds: lag.seconds,
      state: running ? 'rebuilding' : isBehind ? 'behind' : 'current',
      rebuild: running && progressOf(running, builds),
    };
  }
}

const progressOf = (running: RunningRebuild, builds: readonly Build[]): RebuildAnswer => {
  const build = builds.find((one) => one.build === running.build);
  const live = builds.find(({ state }) => state === 'live');
  const { kind, id } = running.requestedBy;
  const target = live?.position ?? build?.target ?? null;
  return {
    build: running.build,
    cause: running.cause,
    requested_by: `${kind}:${id}`,
    requested_at: running.requestedAt,
    started_at: build?.startedAt ?? null,
    position: build?.position?.toString() ?? null,
    target: target?.toString() ?? null,
    progress: build ? shareOf(build.position, build.target, live?.position ?? null) : 0,
    events_per_second: build?.eventsPerSecond ?? null,
    seconds_left: build?.secondsLeft ?? null,
    problem: build?.problem ?? null,
  };
};
