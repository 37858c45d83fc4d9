import { streams } from '@mission-control/contracts';
import type { LaneMessage, LaneOwnership } from '@mission-control/messaging';
import type { RunEnd } from '@mission-control/openclaw';
import { account } from '../delivery/account.ts';
import type { Delivery, DeliveryParts } from '../delivery/delivery.ts';
import type { RunFollower } from '../following/run-follower.ts';
import type { LaneFigures } from '../metrics.ts';
import { recordStatus } from '../openclaw-gateways/record-status.ts';
import { hasBegun, type Waiting, waitingFor } from './arrival-queue.ts';
import type { LaneParts, NotifierParts } from './lane-parts.ts';
import { type Changed, type LaneTarget, LaneTargets } from './lane-targets.ts';
import { type Route, sessionName } from './route.ts';
import type { SessionHost } from './session-host.ts';
import { SessionQueue } from './session-queue.ts';
import { Undelivered } from './undelivered.ts';

interface Routed {
  readonly message: LaneMessage;
  readonly target: LaneTarget;
}

/** How many messages are read ahead of the one that is being queued. */
const routedAhead = 64;
/** Maximum number of idle sessions to keep. */
const sessionsKept = 5_000;

/**
 * Serves one OpenClaw gateway's lane while this process owns it: puts each delivery into the queue of its session. Sessions do not wait for
 * each other.
 */
export class LaneServer implements SessionHost {
  readonly delivery: DeliveryParts;
  readonly #parts: LaneParts;
  readonly #follower: RunFollower;
  readonly #sessions = new Map<string, SessionQueue>();
  /** The messages whose deliveries have begun and are not finished, by delivery. */
  readonly #inHand = new Map<string, LaneMessage>();
  readonly #targets: LaneTargets;
  /** The streams of the configuration that have changed and are not dealt with yet. */
  #changed = new Set<string | null>();
  /** Deliveries are moving to their new queues. */
  #rerouting: Promise<void> | null = null;
  readonly #listening = new Map<string, () => void>();
  readonly #undelivered = new Undelivered();

  constructor(parts: NotifierParts, follower: RunFollower, ownership: LaneOwnership) {
    this.#parts = { ...parts, ownership };
    this.#follower = follower;
    this.#targets = new LaneTargets(this.#parts);
    const { store, reads, restoredAt, log, metrics } = parts;
    this.delivery = {
      store,
      reads,
      restoredAt,
      log,
      signal: ownership.signal,
      recorded: (delivery, events) => account(metrics, log, delivery, events),
    };
  }

  get figures(): LaneFigures {
    const { ownership, gates } = this.#parts;
    const { gatewayId } = ownership.lane;
    return {
      openclawGatewayId: gatewayId,
      waiting: this.#undelivered.size,
      oldestRequestedAt: this.#undelivered.oldestRequestedAt,
      available: gatewayId === null ? null : gates.of(gatewayId).available,
    };
  }

  /** Resolves when the ownership has ended and all work has finished. */
  async serve({ messages, signal, lane: { gatewayId } }: LaneOwnership): Promise<void> {
    const { log, cache } = this.#parts;
    const forgetChanges = cache.onChange((stream) => this.#configurationChanged(stream));
    const status = gatewayId === null ? null : recordStatus(this.#parts, gatewayId);
    status?.catch((error) => log.error({ err: error }, 'cannot record the state of an OpenClaw gateway'));
    const ahead: Routed[] = [];
    const placeFirst = async () => {
      const next = ahead.shift();
      if (next) await this.#place(next);
    };
    let placing: Promise<void> = Promise.resolve();
    for await (const message of messages) {
      this.#parts.metrics.received();
      this.#undelivered.add(message);
      ahead.push({ message, target: this.#targets.of(message.reference) });
      placing = placing.then(placeFirst);
      placing.catch(() => {});
      if (ahead.length >= routedAhead) await placing.catch(() => {});
      if (signal.aborted) break;
    }
    forgetChanges();
    await Promise.allSettled([placing, ...[...this.#sessions.values()].map((session) => session.ended())]);
    for (const stop of this.#listening.values()) stop();
    await Promise.allSettled([status]);
  }

  move(item: Waiting, to: Route): void {
    let session = this.#sessions.get(to.name);
    if (!session) {
      session = new SessionQueue(to, this.#parts, this);
      this.#sessions.set(to.name, session);
      if (to.gatewayId !== null) this.#listen(to.gatewayId);
    }
    session.add(item);
  }

  reroute(session: SessionQueue): void {
    const leaving = session
      .items()
      .filter((item) => !hasBegun(item) && item.target.route?.name !== session.route.name);
    for (const item of session.takeOut(new Set(leaving))) this.move(item, item.target.route as Route);
  }

  isRepeat({ message }: Waiting): boolean {
    const { eventId } = message.reference.cause;
    const inHand = this.#inHand.get(eventId);
    this.#inHand.set(eventId, inHand ?? message);
    return inHand !== undefined && inHand !== message;
  }

  told(item: Waiting, delivery: Delivery, askNow: boolean): void {
    const { signal } = this.#parts.ownership;
    const { own } = delivery;
    this.#undelivered.delete(item.message);
    if (own?.status === 'told' && own.run) this.#listen(own.run.gatewayId);
    this.#follower.follow({ delivery, signal, askNow, finished: () => this.over(item) });
  }

  endOf(runId: string): RunEnd | undefined {
    return this.#follower.endOf(runId);
  }

  over({ message, target }: Waiting): void {
    this.#targets.release(target);
    const { eventId } = message.reference.cause;
    if (this.#inHand.get(eventId) === message) this.#inHand.delete(eventId);
    this.#undelivered.delete(message);
    message.ack();
  }

  idle(session: SessionQueue): void {
    // What the queue knows about its session is worth keeping.
    if (this.#sessions.size <= sessionsKept) return;
    if (this.#sessions.get(session.route.name) === session) this.#sessions.delete(session.route.name);
  }

  /** If the configuration has changed, earlier deliveries move to their new queues first, so that this one cannot overtake them. */
  async #place({ message, target }: Routed): Promise<void> {
    await target.routed;
    while (this.#rerouting) await this.#rerouting;
    if (this.#parts.ownership.signal.aborted || !target.route) return;
    this.move(waitingFor(message, target), target.route);
  }

  #configurationChanged(stream: string | null): void {
    this.#targets.changed(stream);
    // Changes are not known of until there is a tail again.
    if (!this.#parts.cache.attached) return;
    this.#changed.add(stream);
    this.#rerouting ??= this.#reroute();
  }

  /** Moves deliveries whose target has changed to their new queues, and wakes the sessions that the changes concern. */
  async #reroute(): Promise<void> {
    const { signal } = this.#parts.ownership;
    do {
      const changed = this.#changed;
      this.#changed = new Set();
      const concerned = this.#targets.concerned(changed);
      const sessions = this.#sessionsOf(new Set(concerned), changed);
      await this.#targets.decide(concerned);
      await Promise.all(sessions.map((session) => session.rerouted()));
    } while (this.#changed.size > 0 && !signal.aborted);
    // Not in a `finally` of the caller: a change that came before it ran would start nothing.
    this.#rerouting = null;
  }

  #sessionsOf(targets: ReadonlySet<LaneTarget>, changed: Changed): SessionQueue[] {
    const names = new Set([...targets].map(({ route }) => route?.name));
    return [...this.#sessions.values()].filter(({ route: { name, gatewayId }, first }) => {
      if (names.has(name) || (first && targets.has(first.target))) return true;
      return gatewayId !== null && (changed.has(null) || changed.has(streams.openclawGateway(gatewayId)));
    });
  }

  #listen(gatewayId: string): void {
    if (this.#listening.has(gatewayId)) return;
    const stop = this.#parts.gates.of(gatewayId).onRun((run) => {
      this.#sessions.get(sessionName(gatewayId, run.sessionKey))?.heard(run);
      this.#follower.heard(gatewayId, run);
    });
    this.#listening.set(gatewayId, stop);
  }
}
