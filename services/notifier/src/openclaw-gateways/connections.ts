import { secretContexts } from '@mission-control/contracts';
import type { ActiveOpenclawGateway } from '@mission-control/domain';
import type { Keyring } from '@mission-control/keyring';
import { deviceIdentityOf, type OpenClawConnection, type OpenClawOptions } from '@mission-control/openclaw';
import { countUnreadableSecrets, type Logger, type Metrics } from '@mission-control/runtime';

interface OpenConnection {
  /** With the settings that the connection was made with. */
  gateway: ActiveOpenclawGateway;
  readonly connection: Promise<OpenClawConnection>;
  /** Monotonic milliseconds. */
  usedAt: number;
}

const idleMs = 10 * 60_000;
const idleCheckEveryMs = 60_000;

/** Why an OpenClaw gateway cannot even be dialled. The codes are stable. */
export class OpenclawGatewayUnusable extends Error {
  readonly code: 'gateway_token_unreadable' | 'gateway_url_invalid';

  constructor(code: OpenclawGatewayUnusable['code'], cause: unknown) {
    super(code, { cause });
    this.name = 'OpenclawGatewayUnusable';
    this.code = code;
  }
}

/** One connection per OpenClaw gateway: opened on first use, replaced when the OpenClaw gateway's settings change, closed when idle. */
export class OpenclawGatewayConnections {
  readonly #connect: (options: OpenClawOptions) => OpenClawConnection;
  readonly #keyring: Keyring;
  readonly #denyCidrs: readonly string[] | undefined;
  readonly #log: Logger;
  readonly #unreadable: () => void;
  readonly #connections = new Map<string, OpenConnection>();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: {
    connect: (options: OpenClawOptions) => OpenClawConnection;
    keyring: Keyring;
    denyCidrs: readonly string[] | undefined;
    log: Logger;
    meter: Metrics['meter'];
  }) {
    this.#connect = parts.connect;
    this.#keyring = parts.keyring;
    this.#denyCidrs = parts.denyCidrs;
    this.#log = parts.log;
    this.#unreadable = countUnreadableSecrets(parts.meter, 'openclaw_gateway_token');
    this.#timer = setInterval(() => this.#closeIdle(), idleCheckEveryMs).unref();
  }

  /** @throws OpenclawGatewayUnusable */
  to(gateway: ActiveOpenclawGateway): Promise<OpenClawConnection> {
    const { gatewayId } = gateway;
    const known = this.#connections.get(gatewayId);
    if (known && (known.gateway === gateway || settingsOf(known.gateway) === settingsOf(gateway))) {
      known.gateway = gateway;
      known.usedAt = performance.now();
      return known.connection;
    }
    const connection = this.#make(gateway);
    this.#connections.set(gatewayId, { gateway, connection, usedAt: performance.now() });
    if (known) closeQuietly(known.connection);
    connection.catch(() => {
      if (this.#connections.get(gatewayId)?.connection === connection) this.#connections.delete(gatewayId);
    });
    return connection;
  }

  /** Marks the connection as in use although nothing is sent. */
  keep(gatewayId: string): void {
    const known = this.#connections.get(gatewayId);
    if (known) known.usedAt = performance.now();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    const all = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.allSettled(all.map(async ({ connection }) => (await connection).close()));
  }

  async #make({ gatewayId, url, token, allowInsecureTls, tlsFingerprint }: ActiveOpenclawGateway) {
    let plainToken: string | null;
    const identity = deviceIdentityOf(await this.#keyring.deviceKey());
    try {
      plainToken = token && (await this.#keyring.decrypt(secretContexts.openclawGateway(gatewayId), token));
    } catch (error) {
      this.#unreadable();
      throw new OpenclawGatewayUnusable('gateway_token_unreadable', error);
    }
    try {
      return this.#connect({
        url,
        token: plainToken,
        allowInsecureTls,
        tlsFingerprint,
        identity,
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

const settingsOf = ({ url, token, allowInsecureTls, tlsFingerprint }: ActiveOpenclawGateway): string =>
  JSON.stringify([url, token, allowInsecureTls, tlsFingerprint]);

const closeQuietly = (connection: Promise<OpenClawConnection>): void => {
  connection.then((one) => one.close()).catch(() => {});
};
