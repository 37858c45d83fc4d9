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
  openUntil: number;
}

/** A circuit opens after this many consecutive failures, counted over all lanes of its OpenClaw gateway. */
const maxConsecutiveFailures = 5;

/**
 * One circuit per OpenClaw gateway. While a circuit is open, the gateway's lanes pause: messages stay in JetStream, and those
 * already pulled wait without using up attempts. Then the circuit is half-open: one attempt probes the gateway, and its result closes
 * or reopens the circuit.
 */
export class OpenclawGatewayCircuits {
  readonly #openMs: number;
  readonly #circuits = new Map<string, Circuit>();

  /** @param openMs how long a circuit stays open */
  constructor(openMs: number) {
    this.#openMs = openMs;
  }

  /** Resolves when the circuit is not open. Rejects if the signal is aborted first. */
  async waitWhileOpen(gatewayId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = (this.#circuits.get(gatewayId)?.openUntil ?? 0) - performance.now();
      if (left <= 0) return;
      await delay(Math.ceil(left), undefined, { signal });
    }
  }

  /** Runs the work once the circuit is not open. The result's `kind` decides whether it counts as a failure of the gateway. */
  async use<T extends { readonly kind: string }>(
    gatewayId: string,
    work: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { policy } = this.#circuit(gatewayId);
    for (;;) {
      await this.waitWhileOpen(gatewayId, signal);
      try {
        return await policy.execute(work, signal);
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
      }
    }
  }

  /** The number of OpenClaw gateways whose circuit is open. */
  openCount(): number {
    const now = performance.now();
    return [...this.#circuits.values()].filter(({ openUntil }) => openUntil > now).length;
  }

  #circuit(gatewayId: string): Circuit {
    const known = this.#circuits.get(gatewayId);
    if (known) return known;
    const policy = circuitBreaker(
      handleWhenResult((result) => {
        const { kind } = result as { kind: string };
        return kind === 'unavailable' || kind === 'doubt';
      }),
      { halfOpenAfter: this.#openMs, breaker: new ConsecutiveBreaker(maxConsecutiveFailures) },
    );
    const circuit: Circuit = { policy, openUntil: 0 };
    policy.onBreak(() => {
      // Slightly longer than by the policy's own clock, which counts whole milliseconds.
      circuit.openUntil = performance.now() + this.#openMs + 2;
    });
    this.#circuits.set(gatewayId, circuit);
    return circuit;
  }
}
