import { secretContexts } from '@mission-control/contracts';
import type { ActiveOpenclawGateway } from '@mission-control/domain';
import type { Keyring } from '@mission-control/keyring';
import type { OpenClawConnection, OpenClawOptions } from '@mission-control/openclaw';
import type { Logger } from '@mission-control/runtime';

interface Kept {
  /** The settings that the connection was made with, as JSON. */
  readonly made: string;
  readonly connection: Promise<OpenClawConnection>;
  /** Monotonic milliseconds. */
  usedAt: number;
  /** Since when the OpenClaw gateway has rejected us, monotonic milliseconds; null: it does not. */
  rejectedAt: number | null;
}

const idleMs = 10 * 60_000;
const lookEveryMs = 60_000;
/** OpenClaw gateways lock out clients that present a wrong token too often. */
const knockEveryMs = 2_000;

/** Why an OpenClaw gateway cannot even be dialled. The codes are stable. */
export class GatewayUnusable extends Error {
  readonly code: 'gateway_token_unreadable' | 'gateway_url_invalid';

  constructor(code: GatewayUnusable['code'], cause: unknown) {
    super(code, { cause });
    this.name = 'GatewayUnusable';
    this.code = code;
  }
}

/** One connection per OpenClaw gateway: opened on first use, replaced when the gateway's settings change, closed when idle. */
export class GatewayConnections {
  readonly #connect: (options: OpenClawOptions) => OpenClawConnection;
  readonly #keyring: Keyring;
  readonly #denyCidrs: readonly string[] | undefined;
  readonly #log: Logger;
  readonly #kept = new Map<string, Kept>();
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
    this.#timer = setInterval(() => this.#closeIdle(), lookEveryMs).unref();
  }

  /**
   * @param askedFor this delivery was requested explicitly. An OpenClaw gateway that rejected us may have been fixed on its own
   * side since then, so it is dialled again at once
   * @throws GatewayUnusable
   */
  to(gateway: ActiveOpenclawGateway, askedFor: boolean): Promise<OpenClawConnection> {
    const { gatewayId, url, token, allowInsecureTls } = gateway;
    const made = JSON.stringify([url, token, allowInsecureTls]);
    const known = this.#kept.get(gatewayId);
    const knockAgain =
      askedFor && known?.rejectedAt != null && performance.now() - known.rejectedAt > knockEveryMs;
    if (known?.made === made && !knockAgain) {
      known.usedAt = performance.now();
      return known.connection;
    }
    const connection = this.#make(gateway);
    this.#kept.set(gatewayId, { made, connection, usedAt: performance.now(), rejectedAt: null });
    if (known) closeQuietly(known.connection);
    connection.catch(() => {
      if (this.#kept.get(gatewayId)?.connection === connection) this.#kept.delete(gatewayId);
    });
    return connection;
  }

  /** Records how the OpenClaw gateway answered. The next call of `to` uses it. */
  answered(gatewayId: string, { rejected }: { rejected: boolean }): void {
    const known = this.#kept.get(gatewayId);
    if (known) known.rejectedAt = rejected ? (known.rejectedAt ?? performance.now()) : null;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.allSettled(all.map(async ({ connection }) => (await connection).close()));
  }

  async #make({ gatewayId, url, token, allowInsecureTls }: ActiveOpenclawGateway) {
    let plainToken: string | null;
    try {
      plainToken = token && (await this.#keyring.decrypt(secretContexts.openclawGateway(gatewayId), token));
    } catch (error) {
      throw new GatewayUnusable('gateway_token_unreadable', error);
    }
    try {
      return this.#connect({
        url,
        token: plainToken,
        allowInsecureTls,
        ...(this.#denyCidrs && { denyCidrs: this.#denyCidrs }),
        log: this.#log.child({ gateway_id: gatewayId }),
      });
    } catch (error) {
      throw new GatewayUnusable('gateway_url_invalid', error);
    }
  }

  #closeIdle(): void {
    for (const [gatewayId, { connection, usedAt }] of this.#kept) {
      if (performance.now() - usedAt < idleMs) continue;
      this.#kept.delete(gatewayId);
      closeQuietly(connection);
    }
  }
}

const closeQuietly = (connection: Promise<OpenClawConnection>): void => {
  connection.then((one) => one.close()).catch(() => {});
};
