import type { ActiveOpenclawGateway } from '@mission-control/domain';
import type { OpenclawGatewayConnections } from './connections.ts';
import { OpenclawGatewayGate } from './gate.ts';

/** The gates of all OpenClaw gateways that this process has sent to. */
export class OpenclawGatewayGates {
  readonly #connections: OpenclawGatewayConnections;
  readonly #gates = new Map<string, OpenclawGatewayGate>();

  constructor(connections: OpenclawGatewayConnections) {
    this.#connections = connections;
  }

  of(gatewayId: string): OpenclawGatewayGate {
    const gate = this.#gates.get(gatewayId) ?? new OpenclawGatewayGate();
    this.#gates.set(gatewayId, gate);
    return gate;
  }

  /**
   * Ensures that there is a connection with the current settings.
   *
   * @throws OpenclawGatewayUnusable
   */
  async open(gateway: ActiveOpenclawGateway): Promise<OpenclawGatewayGate> {
    const gate = this.of(gateway.gatewayId);
    gate.use(await this.#connections.to(gateway));
    return gate;
  }

  /** Keeps the connection open although nothing is sent. */
  keep(gatewayId: string): void {
    this.#connections.keep(gatewayId);
  }
}
