import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { Messaging } from '../connection/connect.ts';
import type { MessagingLog } from '../log.ts';
import { LaneClaims } from '../owning/lane-claims.ts';
import { LaneContext, type LaneOwnership, lanePattern } from './lane-context.ts';

/**
 * The Nest transport over JetStream lanes: owns lanes, and calls the handler of `lanePattern` once for each ownership. When the handler has
 * resolved, the lane is released. If it rejects, the lane is released after a pause. Several processes share the lanes; each lane has one
 * owner.
 */
export class JetStreamLanes extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('jetstream-lanes');
  readonly #messaging: Messaging;
  readonly #claims: LaneClaims;

  constructor(options: { messaging: Messaging; log: MessagingLog }) {
    super();
    this.#messaging = options.messaging;
    this.#claims = new LaneClaims({ ...options, serve: (owned) => this.#handle(owned) });
  }

  listen(callback: (error?: unknown) => void): void {
    this.#claims.start();
    callback();
  }

  /** Resolves when every handler has ended and every lane is released. */
  close(): Promise<void> {
    return this.#claims.close();
  }

  on(): never {
    throw new Error('JetStreamLanes emits no events.');
  }

  unwrap<T>(): T {
    return this.#messaging as T;
  }

  async #handle(owned: LaneOwnership): Promise<void> {
    const handler = this.getHandlerByPattern(lanePattern);
    if (!handler) throw new Error(`No handler for the pattern ${lanePattern}.`);
    const result = await handler(owned.lane, new LaneContext([owned]));
    await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}
