import { setTimeout as delay } from 'node:timers/promises';
import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';

interface Circuit {
  readonly policy: CircuitBreakerPolicy;
  /** Monotonic milliseconds. */
  restsUntil: number;
}

/** Failures in a row, over all lanes of a gateway, after which it is left alone for a while. */
const failuresInARow = 5;

/**
 * A circuit for each OpenClaw gateway. While it is open its lanes rest: messages stay in JetStream, and those in hand wait
 * without using up attempts. After the rest one attempt tries, and the others go by how it ended.
 */
export class GatewayCircuits {
  readonly #restMs: number;
  readonly #circuits = new Map<string, Circuit>();

  constructor(restMs: number) {
    this.#restMs = restMs;
  }

  /** Resolves when the gateway may be tried. Rejects when the signal is aborted first. */
  async rested(gatewayId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = (this.#circuits.get(gatewayId)?.restsUntil ?? 0) - performance.now();
      if (left <= 0) return;
      await delay(Math.ceil(left), undefined, { signal });
    }
  }

  /** Does the work once the gateway is rested. What counts as a failure of the gateway says `kind`. */
  async use<T extends { readonly kind: string }>(
    gatewayId: string,
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { policy } = this.#circuit(gatewayId);
    for (;;) {
      await this.rested(gatewayId, signal);
      try {
        return await policy.execute(work, signal);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
      }
    }
  }

  /** Gateways that rest at the moment. */
  resting(): number {
    const now = performance.now();
    return [...this.#circuits.values()].filter(({ restsUntil }) => restsUntil > now).length;
  }

  #circuit(gatewayId: string): Circuit {
    const known = this.#circuits.get(gatewayId);
    if (known) return known;
    const policy = circuitBreaker(
      handleWhenResult((result) => {
        const { kind } = result as { kind: string };
        return kind === 'unavailable' || kind === 'doubt';
      }),
      { halfOpenAfter: this.#restMs, breaker: new ConsecutiveBreaker(failuresInARow) },
    );
    const circuit: Circuit = { policy, restsUntil: 0 };
    policy.onBreak(() => {
      // A little longer than the policy's own clock, which has whole milliseconds.
      circuit.restsUntil = performance.now() + this.#restMs + 2;
    });
    this.#circuits.set(gatewayId, circuit);
    return circuit;
  }
}
