import type { RunEnd, RunEvent } from '@mission-control/openclaw';
import { Confirmer, mostUnconfirmed, type Unconfirmed } from '../confirming/confirmer.ts';
import { SessionLookUp } from '../confirming/session-look-up.ts';
import type { Told } from '../confirming/verdict.ts';
import type { Delivery } from '../delivery/delivery.ts';
import { patiently } from '../delivery/patiently.ts';
import { runEnded } from '../following/run-ended.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import { expiresAfter } from '../sending/admission.ts';
import { prepare } from '../sending/begin.ts';
import { confirmed } from '../sending/outcome-facts.ts';
import type { SessionView } from '../sending/session-view.ts';
import { takeTurn } from '../sending/take-turn.ts';
import { again, type Turn } from '../sending/turn.ts';
import { ArrivalQueue, type Waiting } from './arrival-queue.ts';
import type { LaneParts } from './lane-parts.ts';
import { readOn } from './read-ahead.ts';
import { activeGateway, type Route } from './route.ts';
import type { SessionHost } from './session-host.ts';
import { WakeUp } from './wake-up.ts';

/**
 * The deliveries of one session, or of a board without one, in the order in which they arrived.
 *
 * One delivery at a time has its turn. It stays first until its message is acknowledged or it ends in another way. While its message is
 * being sent, the attempt of the next one is recorded, which is sent in its own turn. Up to 10 messages may be acknowledged but unconfirmed;
 * one, while messages that the OpenClaw gateway lost are sent again. If something goes wrong with one of them (a doubt, a new connection, a loss), they all go back into the
 * queue, and each is looked up in its turn before anything newer is sent.
 */
export class SessionQueue implements SessionView {
  readonly route: Route;
  readonly #parts: LaneParts;
  readonly #host: SessionHost;
  readonly #queue = new ArrivalQueue();
  readonly #confirmer: Confirmer;
  readonly #lookUp: SessionLookUp;
  /** When a run of the session last ended, milliseconds since 1970. */
  #runEndedAt = 0;
  #suspicious = false;
  #running: Promise<void> | null = null;
  /** The delivery that has its turn. */
  #first: Waiting | undefined;
  /** Resolves when nothing is recorded any more for the delivery that has the next turn. */
  #preparing: Promise<void> = Promise.resolve();
  /** Callers waiting until the deliveries whose target has changed have left the queue. */
  #waitForReroute: (() => void)[] = [];
  readonly #wakeUp = new WakeUp();
  /** Appends in progress for confirmed messages. */
  readonly #recording = new Set<Promise<void>>();

  constructor(route: Route, parts: LaneParts, host: SessionHost) {
    this.route = route;
    this.#parts = parts;
    this.#host = host;
    const { ownership, answerTimeoutMs, times } = parts;
    this.#lookUp = new SessionLookUp(answerTimeoutMs);
    this.#confirmer = new Confirmer({
      signal: ownership.signal,
      answerTimeoutMs,
      forgottenAfterMs: times.forgottenAfter,
      gate: () => this.#gate(),
      expiresAfter: (delivery) => expiresAfter(delivery, parts),
      found: (found) => this.#lookUp.saw(found),
      told: (one, verdict, end) => this.#told(one, verdict, end),
      suspect: () => this.#suspect(),
    });
  }

  get first(): Waiting | undefined {
    return this.#queue.at(0);
  }

  get isIdle(): boolean {
    return !this.#running && this.#queue.length === 0 && this.#confirmer.size === 0;
  }

  get seen() {
    return this.#lookUp.seen;
  }

  add(item: Waiting): void {
    this.#queue.add(item);
    if (this.#queue.at(0) === item) this.#start();
  }

  items(): readonly Waiting[] {
    return this.#queue.items();
  }

  takeOut(leaving: ReadonlySet<Waiting>): readonly Waiting[] {
    return this.#queue.takeOut(leaving);
  }

  /**
   * The configuration has changed. Resolves when the deliveries whose target has changed have left the queue. They leave between turns: a
   * turn uses its target.
   */
  async rerouted(): Promise<void> {
    if (!this.#running) return this.#confirmer.poke();
    const done = Promise.withResolvers<void>();
    this.#waitForReroute.push(done.resolve);
    this.#wakeUp.now();
    await done.promise;
  }

  /** Call it when something has happened in the session. */
  heard({ end }: RunEvent): void {
    if (end) this.#runEndedAt = Date.now();
    this.#confirmer.poke();
  }

  sending(): void {
    const next = this.#queue.items(2).find((item) => item !== this.#first);
    const last = this.#confirmer.size + 1 >= mostUnconfirmed;
    if (!next || last || this.#suspicious || this.#waitForReroute.length > 0) return;
    // If this fails, it fails again in the delivery's own turn.
    this.#preparing = this.#prepare(next).catch(() => {});
  }

  hasRoom(): boolean {
    // Several messages to a session that an OpenClaw gateway is just creating may get their rows in another order.
    const sendsAgain = this.#first?.inHand?.wasLost || this.#confirmer.sendsAgain;
    return this.#confirmer.size < (sendsAgain ? 1 : mostUnconfirmed);
  }

  mustSettle(epoch: number): boolean {
    return this.#suspicious || this.#confirmer.staleFor(epoch);
  }

  lookUp(delivery: Delivery, pass: Pass) {
    const inHand = this.#queue.items(mostUnconfirmed).flatMap((item) => item.inHand ?? []);
    return this.#lookUp.complete(delivery, inHand, pass);
  }

  /** Resolves when all work has finished. */
  async ended(): Promise<void> {
    this.#wakeUp.now();
    await this.#running;
    const unconfirmed = this.#confirmer.takeAll().map(({ delivery }) => delivery.recorded());
    await Promise.allSettled([...unconfirmed, ...this.#recording]);
  }

  #start(): void {
    this.#wakeUp.now();
    if (this.#running || this.#parts.ownership.signal.aborted) return;
    this.#parts.readAhead.begin();
    this.#running = this.#run()
      // We are stopping.
      .catch(() => {})
      .then(() => {
        this.#running = null;
        this.#first = undefined;
        this.#parts.readAhead.end();
        for (const done of this.#waitForReroute.splice(0)) done();
        if (this.#queue.length > 0 || this.#suspicious) this.#start();
        else if (this.isIdle) this.#host.idle(this);
      });
  }

  async #run(): Promise<void> {
    const { ownership, gates, log } = this.#parts;
    const { signal } = ownership;
    const { gatewayId } = this.route;
    while (!signal.aborted) {
      if (this.#waitForReroute.length > 0) {
        this.#host.reroute(this);
        for (const done of this.#waitForReroute.splice(0)) done();
      }
      if (gatewayId !== null && this.mustSettle(gates.of(gatewayId).epoch)) this.#settle();
      const first = this.#queue.at(0);
      if (!first) return;
      const { calls } = this.#wakeUp;
      const turn = await patiently(() => this.#take(first), { signal, log, what: 'a delivery' });
      // A delivery that is just being begun cannot be routed again.
      if (turn.kind !== 'sent') await this.#preparing;
      await this.#apply(first, turn, calls);
      await this.#preparing;
    }
  }

  async #take(first: Waiting): Promise<Turn> {
    // An older delivery may have come while reading this one failed.
    if (this.#queue.at(0) !== first) return again();
    if (this.#host.isRepeat(first)) return { kind: 'over' };
    this.#first = first;
    const delivery = await this.#read(first);
    if (delivery === 'gone') return { kind: 'over' };
    first.inHand = delivery;
    return takeTurn(this.#parts, this, delivery);
  }

  async #prepare(next: Waiting): Promise<void> {
    if (this.#host.isRepeat(next)) return;
    const delivery = await this.#read(next);
    if (delivery === 'gone') return;
    next.inHand = delivery;
    await prepare(this.#parts, this, delivery);
  }

  #read(item: Waiting): Promise<Delivery | 'gone'> {
    readOn(this.#queue, item, { each: this.#parts.readAhead.each, delivery: this.#host.delivery });
    return item.loading ?? Promise.resolve('gone');
  }

  async #apply(item: Waiting, turn: Turn, calls: number): Promise<void> {
    if (turn.kind === 'again') {
      return this.#wakeUp.rest(turn.afterMs, { calls, closed: turn.closed });
    }
    if (turn.kind === 'doubt') return this.#suspect();
    const { inHand } = item;
    this.#queue.remove(item);
    if (turn.kind === 'elsewhere') return this.#host.move(item, turn.route);
    if (turn.kind === 'over' || !inHand) return this.#host.over(item);
    if (turn.kind === 'told') return this.#host.told(item, inHand, true);
    const { acknowledged, epoch, at } = turn;
    inHand.doubt = null;
    this.#confirmer.add({ item, delivery: inHand, acknowledged, epoch, at });
  }

  #suspect(): void {
    this.#suspicious = true;
    this.#start();
  }

  /** Puts all unconfirmed messages back into the queue, to be looked up. */
  #settle(): void {
    this.#suspicious = false;
    this.#lookUp.forget();
    for (const { item, delivery } of this.#confirmer.takeAll()) {
      item.inHand = delivery;
      item.loading = Promise.resolve(delivery);
      this.#queue.add(item);
    }
  }

  #told(one: Unconfirmed, verdict: Told, end: RunEnd | undefined): void {
    this.#wakeUp.now();
    const recording = this.#recordTold(one, verdict, end)
      // We are stopping.
      .catch(() => {})
      .then(() => {
        this.#recording.delete(recording);
        if (this.isIdle) this.#host.idle(this);
      });
    this.#recording.add(recording);
  }

  async #recordTold(
    { item, delivery, at }: Unconfirmed,
    verdict: Told,
    seenEnd: RunEnd | undefined,
  ): Promise<void> {
    const end = this.#host.endOf(verdict.key) ?? seenEnd;
    await delivery.record(() => {
      const facts = confirmed(delivery, verdict);
      return end && facts.length > 0 ? [...facts, runEnded(delivery, verdict.key, end)] : facts;
    });
    this.#parts.metrics.confirmed(Date.now() - at);
    // The message may have joined a run that has since ended.
    if (delivery.decision === 'follow') this.#host.told(item, delivery, this.#runEndedAt >= at);
    else this.#host.over(item);
  }

  async #gate(): Promise<OpenclawGatewayGate | null> {
    const { gatewayId } = this.route;
    const gateway = gatewayId === null ? null : await activeGateway(this.#parts, gatewayId);
    return gateway && this.#parts.gates.open(gateway);
  }
}
