import { type AggregateCache, aggregates } from '@mission-control/aggregates';
import type { EventData } from '@mission-control/contracts';
import type { OpenClawConnection } from '@mission-control/openclaw';
import type { GatewayCircuits } from '../gateways/circuits.ts';
import { type GatewayConnections, GatewayUnusable } from '../gateways/connections.ts';
import type { AgentThrottle } from '../gateways/throttle.ts';
import type { Outcome } from './outcome.ts';

export interface SenderParts {
  readonly cache: AggregateCache;
  readonly connections: GatewayConnections;
  readonly circuits: GatewayCircuits;
  readonly throttle: AgentThrottle;
  readonly answerTimeoutMs: number;
}

/** Brings an attempt's message to its session, over the OpenClaw gateway's address and token as they are now. */
export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * @param knowing.inDoubt an earlier attempt may have arrived: the session is asked first
   * @param knowing.askedFor somebody asked for this delivery just now
   * @param knowing.last nobody will ask later, so a doubt that remains is looked into now
   */
  async send(
    attempt: EventData<'DeliveryAttempted'>,
    text: string,
    knowing: { askedFor: boolean; inDoubt: boolean; last: boolean },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { cache, connections, circuits, throttle } = this.#parts;
    await throttle.wait(attempt.agentId, signal);
    await circuits.rested(attempt.gatewayId, signal);
    const gateway = (await cache.get(aggregates.openclawGateway, attempt.gatewayId)).state;
    if (gateway.status !== 'active') return { kind: 'parked', reason: 'gateway_deleted' };
    let connection: OpenClawConnection;
    try {
      connection = await connections.to(gateway, knowing.askedFor);
    } catch (error) {
      if (error instanceof GatewayUnusable) return { kind: 'parked', reason: error.code };
      throw error;
    }
    const outcome = await circuits.use(
      attempt.gatewayId,
      () => this.#once(connection, attempt, text, knowing),
      signal,
    );
    if (outcome.kind === 'accepted') throttle.told(attempt.agentId);
    connections.answered(attempt.gatewayId, { refused: outcome.kind === 'refused' });
    return outcome;
  }

  async #once(
    connection: OpenClawConnection,
    { sessionKey, idempotencyKey }: EventData<'DeliveryAttempted'>,
    text: string,
    { inDoubt, last }: { inDoubt: boolean; last: boolean },
  ): Promise<Outcome> {
    const within = { timeoutMs: this.#parts.answerTimeoutMs };
    const arrived = () => connection.wasAccepted({ sessionKey, idempotencyKey }, within);
    if (inDoubt) {
      const earlier = await arrived();
      if (earlier.kind === 'yes') return { kind: 'accepted', runId: null };
      if (earlier.kind !== 'no') return earlier;
    }
    const outcome = await connection.send({ sessionKey, message: text, idempotencyKey }, within);
    if (outcome.kind === 'doubt' && last && (await arrived()).kind === 'yes') {
      return { kind: 'accepted', runId: null };
    }
    return outcome;
  }
}
