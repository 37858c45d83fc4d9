import type { RunEnd, RunEvent, RunOutcome } from '@mission-control/openclaw';
import { LRUCache } from 'lru-cache';
import type { Delivery } from '../delivery/delivery.ts';
import type { NotifierParts } from '../lane/lane-parts.ts';
import { activeGateway, sessionName } from '../lane/route.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import { FollowedRuns } from './followed-runs.ts';
import { runEnded } from './run-ended.ts';

export interface FollowerParts extends Pick<NotifierParts, 'cache' | 'gates' | 'times' | 'answerTimeoutMs'> {}

export interface RunToFollow {
  readonly delivery: Delivery;
  /** Aborted when this process no longer owns the lane. The next owner continues. */
  readonly signal: AbortSignal;
  /** Called once the end of the run is recorded. */
  readonly finished: () => void;
  /** It may have ended before it was followed. */
  readonly askNow: boolean;
}

interface Followed extends RunToFollow {
  readonly gate: OpenclawGatewayGate;
  readonly gatewayId: string;
  readonly session: string;
  readonly sessionKey: string;
  readonly runId: string;
  /** Monotonic milliseconds, like the following ones. */
  readonly until: number;
  askAt: number;
  pauseMs: number;
  unknownSince: number | null;
  /** The connection over which its events were received, or over which it was last queried. */
  epoch: number;
  asking: boolean;
}

/** Maximum number of runs to follow. The newest are kept. */
const mostFollowed = 10_000;
const lookEveryMs = 500;
const notReadyMs = 1_000;
const longestPauseMs = 120_000;

/**
 * Finds out how the runs of told agents ended. Most runs report their end. A run is queried after a reconnect, when another run of its
 * session has ended (it may have joined that one), and from time to time. An end that is not known after 30 minutes is recorded as unknown.
 *
 * The message of a followed run stays in its lane, so that the next owner of the lane continues to follow it.
 */
export class RunFollower {
  readonly #parts: FollowerParts;
  readonly #runs = new FollowedRuns<Followed>();
  /** The ends of runs that were not yet followed at the time. */
  readonly #ends = new LRUCache<string, RunEnd>({ max: mostFollowed });
  /** Undefined while no run is followed. */
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#runs.size;
  }

  follow(run: RunToFollow): void {
    const { own } = run.delivery;
    if (own?.status !== 'told' || !own.run?.runId) {
      run.finished();
      return;
    }
    const { gatewayId, sessionKey, runId } = own.run;
    const { gates, times } = this.#parts;
    const gate = gates.of(gatewayId);
    const now = performance.now();
    const earlier = this.#runs.get(runId);
    if (earlier) this.#runs.remove(earlier);
    const followed: Followed = {
      ...run,
      // Two lanes may have a message of the same delivery.
      finished: () => {
        if (earlier && !earlier.signal.aborted) earlier.finished();
        run.finished();
      },
      gate,
      gatewayId,
      session: sessionName(gatewayId, sessionKey),
      sessionKey,
      runId,
      until: now + times.longestRun,
      askAt: run.askNow ? now : now + times.askAboutRun,
      pauseMs: times.askAboutRun,
      unknownSince: null,
      epoch: gate.epoch,
      asking: false,
    };
    this.#runs.add(followed);
    this.#keepLooking();
    const end = this.endOf(runId);
    if (end) this.#end(followed, end);
    const excess = this.#runs.size > mostFollowed ? this.#runs.oldest : undefined;
    if (excess) this.#end(excess, null);
  }

  /** How the run ended, if that has been reported already. */
  endOf(runId: string): RunEnd | undefined {
    return this.#ends.get(runId);
  }

  heard(gatewayId: string, { runId, sessionKey, end }: RunEvent): void {
    if (!end) return;
    const followed = this.#runs.get(runId);
    if (followed) this.#end(followed, end);
    else this.#ends.set(runId, end);
    const now = performance.now();
    for (const other of this.#runs.ofSession(sessionName(gatewayId, sessionKey))) other.askAt = now;
  }

  stop(): void {
    this.#stopped = true;
    this.#pauseLooking();
  }

  #keepLooking(): void {
    if (!this.#stopped) this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref();
  }

  #pauseLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#runs.size === 0) this.#pauseLooking();
    const now = performance.now();
    const away = new Set<OpenclawGatewayGate>();
    for (const followed of this.#runs.all()) {
      const { gate, until, asking, signal } = followed;
      if (signal.aborted) this.#runs.remove(followed);
      else if (now > until) this.#end(followed, null);
      else {
        this.#parts.gates.keep(followed.gatewayId);
        const due = now >= followed.askAt || gate.epoch !== followed.epoch;
        if (!due || asking || away.has(gate)) continue;
        // While an OpenClaw gateway is away, one run at a time makes sure that it is dialled with its current settings.
        if (gate.connection?.state().kind !== 'ready') away.add(gate);
        void this.#ask(followed);
      }
    }
  }

  async #ask(followed: Followed): Promise<void> {
    const { times } = this.#parts;
    followed.asking = true;
    followed.askAt = performance.now() + notReadyMs;
    const outcome = await this.#outcomeOf(followed).catch(() => null);
    followed.asking = false;
    if (!outcome) return;
    const now = performance.now();
    followed.askAt = now + followed.pauseMs;
    followed.pauseMs = Math.min(followed.pauseMs * 2, longestPauseMs);
    if (outcome.kind === 'ended') return this.#end(followed, outcome);
    if (outcome.kind !== 'unknown') {
      followed.unknownSince = null;
      return;
    }
    followed.unknownSince ??= now;
    const leftMs = followed.unknownSince + times.unknownRun - now;
    if (leftMs <= 0) return this.#end(followed, null);
    followed.askAt = Math.min(followed.askAt, now + leftMs);
  }

  /** null: the OpenClaw gateway cannot be queried now. */
  async #outcomeOf(followed: Followed): Promise<RunOutcome | null> {
    const { gatewayId, runId, sessionKey } = followed;
    const gateway = await activeGateway(this.#parts, gatewayId);
    if (!gateway) return { kind: 'unknown' };
    const { connection, epoch, lookUps } = await this.#parts.gates.open(gateway);
    followed.epoch = epoch;
    if (connection?.state().kind !== 'ready') return null;
    const within = { timeoutMs: this.#parts.answerTimeoutMs };
    return lookUps.execute(() => connection.runOutcome(runId, sessionKey, within));
  }

  /** @param end null: it could not be found out */
  #end(followed: Followed, end: RunEnd | null): void {
    const { delivery, signal, finished } = followed;
    if (!this.#runs.remove(followed) || signal.aborted) return;
    delivery
      .record(() => (delivery.decision === 'follow' ? [runEnded(delivery, followed.runId, end)] : []))
      .then(finished)
      // We are stopping. The next owner of the lane will find out.
      .catch(() => {});
  }
}
