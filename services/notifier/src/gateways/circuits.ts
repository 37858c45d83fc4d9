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

/** Consecutive failures, counted over all lanes of an OpenClaw gateway, after which its circuit opens. */
const failuresInARow = 5;

/**
 * One circuit per OpenClaw gateway. While a circuit is open, the gateway's lanes pause: messages stay in JetStream, and those
 * already pulled wait without using up attempts. After the pause, one attempt probes the gateway, and its result decides for the rest.
 */
export class GatewayCircuits {
  readonly #restMs: number;
  readonly #circuits = new Map<string, Circuit>();

  constructor(restMs: number) {
    this.#restMs = restMs;
  }

  /** Resolves when the OpenClaw gateway may be tried. Rejects if the signal is aborted first. */
  async rested(gatewayId: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = (this.#circuits.get(gatewayId)?.restsUntil ?? 0) - performance.now();
      if (left <= 0) return;
      await delay(Math.ceil(left), undefined, { signal });
    }
  }

  /** Runs the work once the OpenClaw gateway may be tried. The result's `kind` decides whether it counts as a failure of the gateway. */
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

  /** The number of OpenClaw gateways whose circuit is open. */
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
      // Slightly longer than by the policy's own clock, which counts whole milliseconds.
      circuit.restsUntil = performance.now() + this.#restMs + 2;
    });
    this.#circuits.set(gatewayId, circuit);
    return circuit;
  }
}
