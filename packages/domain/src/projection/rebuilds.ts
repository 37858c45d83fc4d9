import { type Actor, assertNever, type ProjectionFact } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';

/** A rebuild that was requested and has not ended. */
export interface RunningRebuild {
  readonly build: number;
  readonly cause: 'request' | 'version';
  readonly requestedBy: Actor;
  readonly requestedAt: string;
}

/** The rebuilds of one projection. */
export interface Rebuilds {
  readonly running: RunningRebuild | null;
  /** The highest number that a build was given. Build 1 needs no rebuild. */
  readonly newest: number;
  /** The last build that was decided to become the live one; null: there was no rebuild. */
  readonly live: number | null;
}

export const noRebuilds: Rebuilds = { running: null, newest: 1, live: null };

/** A fact about another build than the one that is running changes nothing. */
export const evolveRebuilds = (
  state: Rebuilds,
  fact: ProjectionFact & { readonly metadata: { readonly occurredAt: string; readonly actor: Actor } },
): Rebuilds => {
  const { build } = fact.data;
  switch (fact.type) {
    case 'ProjectionRebuildRequested':
      return {
        ...state,
        newest: Math.max(state.newest, build),
        running: {
          build,
          cause: fact.data.cause,
          requestedBy: fact.metadata.actor,
          requestedAt: fact.metadata.occurredAt,
        },
      };
    case 'ProjectionRebuildCancelled':
      return state.running?.build === build ? { ...state, running: null } : state;
    case 'ProjectionRebuilt':
      return state.running?.build === build ? { ...state, running: null, live: build } : state;
    default:
      return assertNever(fact);
  }
};

/** Says which rebuild is running, so that the response can show its progress. */
export class RebuildRunning extends CommandRejected {
  readonly running: RunningRebuild;

  constructor(projection: string, running: RunningRebuild) {
    super(
      'conflict',
      'rebuild_running',
      `Build ${running.build} of ${projection} is being filled. Wait for it or cancel it.`,
    );
    this.running = running;
  }
}

/**
 * @param highest the highest number of a build in the database: it may have more than the log, if the log was replaced
 * @throws RebuildRunning
 */
export const decideRebuild = (
  { running, newest }: Rebuilds,
  projection: string,
  cause: RunningRebuild['cause'],
  highest: number,
): readonly ProjectionFact[] => {
  if (running) throw new RebuildRunning(projection, running);
  const build = Math.max(newest, highest) + 1;
  return [{ type: 'ProjectionRebuildRequested', data: { projection, build, cause } }];
};

/** @throws CommandRejected when no rebuild is running */
export const decideCancelRebuild = ({ running }: Rebuilds, projection: string): readonly ProjectionFact[] => {
  if (!running)
    throw new CommandRejected('not_found', 'rebuild_not_found', `No rebuild of ${projection} is running.`);
  return [{ type: 'ProjectionRebuildCancelled', data: { projection, build: running.build } }];
};

/** Decides that a build becomes the live one; nothing if it was cancelled, or was decided before. */
export const decideRebuilt = (
  { running }: Rebuilds,
  projection: string,
  build: number,
  version: number,
): readonly ProjectionFact[] =>
  running?.build === build ? [{ type: 'ProjectionRebuilt', data: { projection, build, version } }] : [];
