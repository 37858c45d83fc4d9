import { type AggregateCache, aggregates } from '@mission-control/aggregates';
import type { Attempt } from '@mission-control/domain';
import type { Acceptance, OpenClawConnection } from '@mission-control/openclaw';
import type { OpenclawGatewayCircuits } from '../openclaw-gateways/circuits.ts';
import {
  type OpenclawGatewayConnections,
  OpenclawGatewayUnusable,
} from '../openclaw-gateways/connections.ts';
import type { AgentThrottle } from '../openclaw-gateways/throttle.ts';
import type { Outcome } from './outcome.ts';

export interface SenderParts {
  readonly cache: AggregateCache;
  readonly connections: OpenclawGatewayConnections;
  readonly circuits: OpenclawGatewayCircuits;
  readonly throttle: AgentThrottle;
  readonly answerTimeoutMs: number;
}

/** Sends an attempt's message to its session, using the OpenClaw gateway's current address and token. */
export class Sender {
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /**
   * @param knowing.inDoubt an earlier attempt's message may have arrived, so the session is checked first
   * @param knowing.askedFor this delivery was requested explicitly just now
   * @param knowing.last there will be no later attempt, so a doubt about this one is resolved now if possible
   */
  async send(
    attempt: Attempt,
    text: string,
    knowing: { askedFor: boolean; inDoubt: boolean; last: boolean },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { throttle } = this.#parts;
    await throttle.wait(attempt.agentId, signal);
    const outcome = await this.#over(
      attempt,
      (connection) => this.#once(connection, attempt, text, knowing),
      knowing.askedFor,
      signal,
    );
    if (outcome.kind === 'accepted') throttle.told(attempt.agentId);
    return outcome;
  }

  /** Whether the session has the attempt's message or one that it replaced. `no` is certain, except for a message still in transit. */
  async arrived(attempt: Attempt, signal: AbortSignal): Promise<Outcome | { readonly kind: 'no' }> {
    const asked = await this.#over(attempt, (connection) => this.#ask(connection, attempt), false, signal);
    return asked.kind === 'yes' ? { kind: 'accepted', runId: null } : asked;
  }

  /** Runs the work with the connection to the attempt's OpenClaw gateway, once its circuit allows that. */
  async #over<T extends { readonly kind: string }>(
    { gatewayId }: Attempt,
    work: (connection: OpenClawConnection) => Promise<T>,
    askedFor: boolean,
    signal: AbortSignal,
  ): Promise<T | Extract<Outcome, { kind: 'parked' }>> {
    const { cache, connections, circuits } = this.#parts;
    await circuits.waitWhileOpen(gatewayId, signal);
    const gateway = (await cache.get(aggregates.openclawGateway, gatewayId)).state;
    if (gateway.status !== 'active') return { kind: 'parked', reason: 'gateway_deleted' };
    let connection: OpenClawConnection;
    try {
      connection = await connections.to(gateway, askedFor);
    } catch (error) {
      if (error instanceof OpenclawGatewayUnusable) return { kind: 'parked', reason: error.code };
      throw error;
    }
    const outcome = await circuits.use(gatewayId, () => work(connection), signal);
    connections.answered(gatewayId, { rejected: outcome.kind === 'rejected' });
    return outcome;
  }

  async #once(
    connection: OpenClawConnection,
    attempt: Attempt,
    text: string,
    { inDoubt, last }: { inDoubt: boolean; last: boolean },
  ): Promise<Outcome> {
    const { sessionKey, idempotencyKey } = attempt;
    if (inDoubt) {
      const earlier = await this.#ask(connection, attempt);
      if (earlier.kind === 'yes') return { kind: 'accepted', runId: null };
      if (earlier.kind !== 'no') return earlier;
    }
    const within = { timeoutMs: this.#parts.answerTimeoutMs };
    const outcome = await connection.send({ sessionKey, message: text, idempotencyKey }, within);
    if (outcome.kind === 'doubt' && last && (await this.#ask(connection, attempt)).kind === 'yes') {
      return { kind: 'accepted', runId: null };
    }
    return outcome;
  }

  /** Asks for every key under which the message may be in the session, and returns the first answer that is not `no`. */
  async #ask(connection: OpenClawConnection, attempt: Attempt): Promise<Acceptance> {
    const within = { timeoutMs: this.#parts.answerTimeoutMs };
    for (const idempotencyKey of [...attempt.earlierKeys, attempt.idempotencyKey]) {
      const answer = await connection.wasAccepted({ sessionKey: attempt.sessionKey, idempotencyKey }, within);
      if (answer.kind !== 'no') return answer;
    }
    return { kind: 'no' };
  }
}
