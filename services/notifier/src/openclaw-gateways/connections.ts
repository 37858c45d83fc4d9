import { secretContexts } from '@mission-control/contracts';
import type { ActiveOpenclawGateway } from '@mission-control/domain';
import type { Keyring } from '@mission-control/keyring';
import type { OpenClawConnection, OpenClawOptions } from '@mission-control/openclaw';
import type { Logger } from '@mission-control/runtime';

interface OpenConnection {
  /** The settings that the connection was made with, as JSON. */
  readonly settings: string;
  readonly connection: Promise<OpenClawConnection>;
  /** Monotonic milliseconds. */
  usedAt: number;
  /** When the OpenClaw gateway first rejected us, monotonic milliseconds; null if its last answer was not a rejection. */
  rejectedAt: number | null;
}

const idleMs = 10 * 60_000;
const idleCheckEveryMs = 60_000;
/** OpenClaw gateways lock out clients that present a wrong token too often. */
const minRedialIntervalMs = 2_000;

/** Why an OpenClaw gateway cannot even be dialled. The codes are stable. */
export class OpenclawGatewayUnusable extends Error {
  readonly code: 'gateway_token_unreadable' | 'gateway_url_invalid';

  constructor(code: OpenclawGatewayUnusable['code'], cause: unknown) {
    super(code, { cause });
    this.name = 'OpenclawGatewayUnusable';
    this.code = code;
  }
}

/** One connection per OpenClaw gateway: opened on first use, replaced when the gateway's settings change, closed when idle. */
export class OpenclawGatewayConnections {
  readonly #connect: (options: OpenClawOptions) => OpenClawConnection;
  readonly #keyring: Keyring;
  readonly #denyCidrs: readonly string[] | undefined;
  readonly #log: Logger;
  readonly #connections = new Map<string, OpenConnection>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: {
    connect: (options: OpenClawOptions) => OpenClawConnection;
    keyring: Keyring;
    denyCidrs: readonly string[] | undefined;
    log: Logger;
  }) {
    this.#connect = parts.connect;
    this.#keyring = parts.keyring;
    this.#denyCidrs = parts.denyCidrs;
    this.#log = parts.log;
    this.#timer = setInterval(() => this.#closeIdle(), idleCheckEveryMs).unref();
  }

  /**
   * @param askedFor this delivery was requested explicitly. An OpenClaw gateway that rejected us may have been fixed on its own
   * side since then, so it is dialled again at once
   * @throws OpenclawGatewayUnusable
   */
  to(gateway: ActiveOpenclawGateway, askedFor: boolean): Promise<OpenClawConnection> {
    const { gatewayId, url, token, allowInsecureTls } = gateway;
    const settings = JSON.stringify([url, token, allowInsecureTls]);
    const known = this.#connections.get(gatewayId);
    const redial =
      askedFor && known?.rejectedAt != null && performance.now() - known.rejectedAt > minRedialIntervalMs;
    if (known?.settings === settings && !redial) {
      known.usedAt = performance.now();
      return known.connection;
    }
    const connection = this.#make(gateway);
    this.#connections.set(gatewayId, { settings, connection, usedAt: performance.now(), rejectedAt: null });
    if (known) closeQuietly(known.connection);
    connection.catch(() => {
      if (this.#connections.get(gatewayId)?.connection === connection) this.#connections.delete(gatewayId);
    });
    return connection;
  }

  /** Records how the OpenClaw gateway answered. The next call of `to` uses it. */
  answered(gatewayId: string, { rejected }: { rejected: boolean }): void {
    const known = this.#connections.get(gatewayId);
    if (known) known.rejectedAt = rejected ? (known.rejectedAt ?? performance.now()) : null;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.allSettled(all.map(async ({ connection }) => (await connection).close()));
  }

  async #make({ gatewayId, url, token, allowInsecureTls }: ActiveOpenclawGateway) {
    let plainToken: string | null;
    try {
      plainToken = token && (await this.#keyring.decrypt(secretContexts.openclawGateway(gatewayId), token));
    } catch (error) {
      throw new OpenclawGatewayUnusable('gateway_token_unreadable', error);
    }
    try {
      return this.#connect({
        url,
        token: plainToken,
        allowInsecureTls,
        ...(this.#denyCidrs && { denyCidrs: this.#denyCidrs }),
        log: this.#log.child({ openclaw_gateway_id: gatewayId }),
      });
    } catch (error) {
      throw new OpenclawGatewayUnusable('gateway_url_invalid', error);
    }
  }

  #closeIdle(): void {
    for (const [gatewayId, { connection, usedAt }] of this.#connections) {
      if (performance.now() - usedAt < idleMs) continue;
      this.#connections.delete(gatewayId);
      closeQuietly(connection);
    }
  }
}

const closeQuietly = (connection: Promise<OpenClawConnection>): void => {
  connection.then((one) => one.close()).catch(() => {});
};
