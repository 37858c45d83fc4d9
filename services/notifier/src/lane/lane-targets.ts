import type { DeliveryReference } from '@mission-control/contracts';
import { patiently } from '../delivery/patiently.ts';
import type { LaneParts } from './lane-parts.ts';
import { type Route, routeOf } from './route.ts';

/** What the lane's deliveries of one webhook have in common, or those that were requested for the same agent. */
export interface LaneTarget {
  readonly reference: DeliveryReference;
  /** The queue that its deliveries belong in; null: not known yet. */
  route: Route | null;
  /** The streams of the configuration that decide the route. */
  streams: ReadonlySet<string>;
  /** Resolves when the route is known. */
  routed: Promise<void>;
  /** How many deliveries of the lane have this target. */
  deliveries: number;
}

/** Streams that have changed; null: any stream may have. */
export type Changed = ReadonlySet<string | null>;

const changedAny = (changed: Changed, streams: ReadonlySet<string>): boolean =>
  changed.has(null) || !streams.isDisjointFrom(changed);

/**
 * The targets of a lane's deliveries. A lane may have 100,000 deliveries, but they share few targets: a route is decided once for each
 * target, and again when its configuration changes.
 */
export class LaneTargets {
  readonly #parts: LaneParts;
  readonly #targets = new Map<string, LaneTarget>();
  /** For each decision in progress: the streams that have changed since it began. */
  readonly #meanwhile = new Set<Set<string | null>>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** The target of one more delivery. Its route may not be known yet. */
  of(reference: DeliveryReference): LaneTarget {
    const key = keyOf(reference);
    let target = this.#targets.get(key);
    if (!target) {
      target = { reference, route: null, streams: new Set(), routed: Promise.resolve(), deliveries: 0 };
      this.#targets.set(key, target);
    }
    // Without a tail, nothing tells of changes.
    if (target.deliveries === 0 || !this.#parts.cache.attached) this.#decide(target);
    target.deliveries += 1;
    return target;
  }

  /** The lane has one delivery less. */
  release(target: LaneTarget): void {
    target.deliveries -= 1;
    if (target.deliveries === 0) this.#targets.delete(keyOf(target.reference));
  }

  changed(stream: string | null): void {
    for (const changed of this.#meanwhile) changed.add(stream);
  }

  /** The targets whose route may have changed. */
  concerned(changed: Changed): LaneTarget[] {
    return [...this.#targets.values()].filter(({ streams }) => changedAny(changed, streams));
  }

  /** Decides the routes again. */
  async decide(targets: readonly LaneTarget[]): Promise<void> {
    for (const target of targets) this.#decide(target);
    await Promise.allSettled(targets.map(({ routed }) => routed));
  }

  #decide(target: LaneTarget): void {
    target.routed = target.routed.catch(() => {}).then(() => this.#read(target));
    target.routed.catch(() => {});
  }

  async #read(target: LaneTarget): Promise<void> {
    const { ownership, log } = this.#parts;
    const { lane, signal } = ownership;
    const changed = new Set<string | null>();
    this.#meanwhile.add(changed);
    try {
      for (;;) {
        changed.clear();
        const { route, streams } = await patiently(
          () => routeOf(this.#parts, target.reference, lane.gatewayId),
          { signal, log, what: 'reading a target' },
        );
        if (changedAny(changed, streams)) continue;
        target.route = route;
        target.streams = streams;
        return;
      }
    } finally {
      this.#meanwhile.delete(changed);
    }
  }
}

const keyOf = ({ webhookId, boardId, agentId, cause }: DeliveryReference): string =>
  // An older release did not name the agent that a redelivery was requested for.
  agentId === undefined && cause.type === 'RedeliveryRequested'
    ? cause.eventId
    : `${webhookId} ${boardId} ${agentId ?? ''}`;
