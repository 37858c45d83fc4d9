import { setImmediate as turnOfOthers } from 'node:timers/promises';
import type { LaneMessage, LaneOwnership } from '@mission-control/messaging';
import type { RunEnd } from '@mission-control/openclaw';
import { account } from '../delivery/account.ts';
import type { Delivery, DeliveryParts } from '../delivery/delivery.ts';
import { patiently } from '../delivery/patiently.ts';
import type { RunFollower } from '../following/run-follower.ts';
import { recordStatus } from '../openclaw-gateways/record-status.ts';
import { hasBegun, type Waiting, waitingFor } from './arrival-queue.ts';
import type { LaneParts, NotifierParts } from './lane-parts.ts';
import { type Route, routeOf, sessionName } from './route.ts';
import type { SessionHost } from './session-host.ts';
import { SessionQueue } from './session-queue.ts';

interface Routed {
  readonly message: LaneMessage;
  readonly route: Promise<Route>;
  /** The state of the configuration just before the message was routed. */
  readonly changes: number;
}

/** How many messages are read ahead of the one that is being queued. */
const routedAhead = 64;
/** Maximum number of idle sessions to keep. */
const sessionsKept = 5_000;
/** When many deliveries are routed again, other work may run after each batch of this size. */
const reroutedAtOnce = 500;

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
  /** Per session: the state of the configuration that its deliveries were routed with. */
  readonly #routedBy = new WeakMap<SessionQueue, number>();
  /** The state of the configuration when the last delivery was put into a queue. */
  #placedBy = -1;
  readonly #listening = new Map<string, () => void>();

  constructor(parts: NotifierParts, follower: RunFollower, ownership: LaneOwnership) {
    this.#parts = { ...parts, ownership };
    this.#follower = follower;
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

  /** How many deliveries are waiting for their turn. */
  get waiting(): number {
    return [...this.#sessions.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Resolves when the ownership has ended and all work has finished. */
  async serve({ messages, signal, lane: { gatewayId } }: LaneOwnership): Promise<void> {
    const { log } = this.#parts;
    const status = gatewayId === null ? null : recordStatus(this.#parts, gatewayId);
    status?.catch((error) => log.error({ err: error }, 'cannot record the state of an OpenClaw gateway'));
    const ahead: Routed[] = [];
    const placeFirst = async () => {
      const next = ahead.shift();
      if (next) await this.#place(next);
    };
    let placing: Promise<void> = Promise.resolve();
    for await (const message of messages) {
      ahead.push(this.#routed(message));
      placing = placing.then(placeFirst);
      placing.catch(() => {});
      if (ahead.length >= routedAhead) await placing.catch(() => {});
      if (signal.aborted) break;
    }
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

  async reroute(session: SessionQueue): Promise<void> {
    const { changes } = this.#parts.cache;
    if (this.#routedBy.get(session) === changes) return;
    this.#routedBy.set(session, changes);
    const leaving = new Map<Waiting, Route>();
    for (const [n, item] of session.items().entries()) {
      if (n % reroutedAtOnce === reroutedAtOnce - 1) await turnOfOthers();
      if (hasBegun(item)) continue;
      const route = await this.#route(item.message);
      if (route.name !== session.route.name) leaving.set(item, route);
    }
    for (const item of session.takeOut(new Set(leaving.keys()))) this.move(item, leaving.get(item) as Route);
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
    if (own?.status === 'told' && own.run) this.#listen(own.run.gatewayId);
    this.#follower.follow({ delivery, signal, askNow, finished: () => this.over(item) });
  }

  endOf(runId: string): RunEnd | undefined {
    return this.#follower.endOf(runId);
  }

  over({ message }: Waiting): void {
    const { eventId } = message.reference.cause;
    if (this.#inHand.get(eventId) === message) this.#inHand.delete(eventId);
    message.ack();
  }

  idle(session: SessionQueue): void {
    // What the queue knows about its session is worth keeping.
    if (this.#sessions.size <= sessionsKept) return;
    if (this.#sessions.get(session.route.name) === session) this.#sessions.delete(session.route.name);
  }

  #routed(message: LaneMessage): Routed {
    const { changes } = this.#parts.cache;
    const route = this.#route(message);
    route.catch(() => {});
    return { message, route, changes };
  }

  /** If the configuration has changed, earlier deliveries move to their new queues first, so that this one cannot overtake them. */
  async #place({ message, route, changes }: Routed): Promise<void> {
    const { cache, ownership } = this.#parts;
    const to = await route;
    const now = cache.changes;
    if (now !== this.#placedBy) {
      await Promise.all([...this.#sessions.values()].map((session) => session.rerouted()));
      this.#placedBy = now;
    }
    if (ownership.signal.aborted) return;
    if (changes !== cache.changes) return this.#place(this.#routed(message));
    this.move(waitingFor(message), to);
  }

  #route({ reference }: LaneMessage): Promise<Route> {
    const { ownership, log } = this.#parts;
    const { signal } = ownership;
    return patiently(() => routeOf(this.#parts, reference, ownership.lane.gatewayId), {
      signal,
      log,
      what: 'reading a target',
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
