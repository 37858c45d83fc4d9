import { randomUUID } from 'node:crypto';
import {
  type EventFrame,
  type GatewayBrowserDeviceAuthPlan,
  GatewayProtocolClient,
  type GatewayProtocolCloseContext,
  GatewayProtocolRequestError,
  GatewayProtocolRequestTimeoutError,
} from '@openclaw/gateway-client/browser';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { type DialedSocket, type DialTarget, dial } from '../dial/dial.ts';
import { outcomeOfError } from '../gateway-error.ts';
import { type Doubt, doubt, type Rejected, rejected, type Unavailable, unavailable } from '../outcome.ts';
import { Backoff } from './backoff.ts';
import { problemOf } from './close-problem.ts';
import {
  type Credentials,
  connectParams,
  type Hello,
  helloSchema,
  planConnect,
  requiredScopes,
} from './handshake.ts';
import { TickWatch } from './tick-watch.ts';

type State =
  | { readonly name: 'connecting'; readonly left: PromiseWithResolvers<State> }
  | { readonly name: 'ready'; readonly hello: Hello }
  | { readonly name: 'waiting'; readonly problem: Unavailable | Rejected; readonly nextAttemptAt: number }
  | { readonly name: 'closed' };

export interface GatewayLinkEvents {
  /** Called on every hello, also after a reconnect. */
  readonly connected: (hello: Hello) => void;
  /** Called on every failed connect and every broken connection. */
  readonly disconnected: (problem: Unavailable | Rejected, nextAttemptMs: number) => void;
  readonly event: (event: EventFrame) => void;
}

export interface Answered {
  readonly kind: 'answered';
  readonly payload: unknown;
  /** The OpenClaw gateway's process that answered. */
  readonly bootId: string | null;
}

/** An OpenClaw gateway that has just rejected us is not dialled again sooner, even on request. */
const minRedialIntervalMs = 2_000;

/**
 * One authenticated connection to an OpenClaw gateway that reconnects by itself.
 *
 * - `connecting`: from dialling to the gateway's hello. Requests wait for the result, within their own timeouts.
 *   → `ready` on hello, → `waiting` when the socket closes first.
 * - `ready`: requests are sent. → `waiting` when the socket closes; pending requests end as doubts.
 * - `waiting`: the last connection failed, and requests fail at once for the same reason. → `connecting` when the pause is over, or by
 *   retryNow(). The pauses grow after failures. After a rejection the pause is constant and longer, so that a corrected gateway is found.
 * - `closed`: by close(), for good.
 */
export class GatewayLink {
  readonly #client: GatewayProtocolClient<GatewayBrowserDeviceAuthPlan>;
  readonly #credentials: Credentials;
  readonly #events: GatewayLinkEvents;
  readonly #backoff = new Backoff();
  readonly #ticks = new TickWatch(() => this.#client.closeSocket(4000, 'tick timeout'));
  #state: State = { name: 'connecting', left: Promise.withResolvers() };
  #socket: DialedSocket | undefined;
  /** Monotonic milliseconds. */
  #dialledAt = 0;
  /** Why we rejected the gateway's hello. The close that follows reports it. */
  #objection: Rejected | undefined;

  constructor(target: DialTarget, credentials: Credentials, events: GatewayLinkEvents) {
    this.#credentials = credentials;
    this.#events = events;
    this.#client = new GatewayProtocolClient<GatewayBrowserDeviceAuthPlan>({
      createSocket: (handlers) => {
        if (this.#state.name !== 'connecting')
          this.#enter({ name: 'connecting', left: Promise.withResolvers() });
        this.#dialledAt = performance.now();
        this.#socket = dial(target, handlers);
        return this.#socket;
      },
      createRequestId: randomUUID,
      buildConnectPlan: (challenge) => planConnect(credentials, challenge),
      buildConnectParams: connectParams,
      onHello: (hello) => this.#greeted(hello),
      onActivity: () => this.#ticks.heard(),
      onEvent: (event) => events.event(event),
      resolveClose: (context) => this.#lost(context),
      handshake: { mode: 'require-challenge', timeoutMs: target.timeoutMs },
      // Never used: `resolveClose` returns the pause for every close.
      reconnect: { initialMs: 1_000, multiplier: 1, maxMs: 1_000 },
    });
    this.#client.start();
  }

  /** Waits at most timeoutMs for the current connect. */
  async ready(timeoutMs: number): Promise<Hello | Unavailable | Rejected> {
    const state =
      this.#state.name === 'connecting' ? await within(timeoutMs, this.#state.left.promise) : this.#state;
    switch (state?.name) {
      case 'ready':
        return state.hello;
      case 'waiting': {
        const { problem, nextAttemptAt } = state;
        return problem.kind === 'rejected'
          ? problem
          : { ...problem, retryAfterMs: Math.max(0, nextAttemptAt - Date.now()) };
      }
      case 'closed':
        return unavailable('connection_closed');
      default:
        return unavailable('connect_timeout');
    }
  }

  /**
   * Sends a request once and never repeats it.
   *
   * @param timeoutMs for connecting and answering together
   * @param quotable what the gateway's sentences must not quote
   */
  async request(
    method: string,
    params: unknown,
    timeoutMs: number,
    quotable: readonly string[] = [],
  ): Promise<Answered | Unavailable | Doubt | Rejected> {
    const deadline = Date.now() + timeoutMs;
    const state = this.#state;
    const hello = state.name === 'ready' ? state.hello : await this.ready(timeoutMs);
    if ('kind' in hello) return hello;
    let sent = false;
    try {
      const payload = await this.#client.request(method, params, {
        timeoutMs: Math.max(0, deadline - Date.now()),
        onSent: () => {
          sent = true;
        },
      });
      return { kind: 'answered', payload, bootId: hello.server.bootId ?? null };
    } catch (error) {
      if (error instanceof GatewayProtocolRequestError)
        return outcomeOfError(error, [...this.#secrets(), ...quotable]);
      const code = error instanceof GatewayProtocolRequestTimeoutError ? 'answer_timeout' : 'connection_lost';
      return sent ? doubt(code) : unavailable(code);
    }
  }

  /** Ends the pause before the next connect. */
  retryNow(): void {
    if (this.#state.name !== 'waiting') return;
    if (this.#state.problem.kind === 'rejected' && performance.now() - this.#dialledAt < minRedialIntervalMs)
      return;
    this.#client.resetReconnectBackoff(1_000);
    this.#client.start();
  }

  /** Closes the connection. Pending requests end as doubts. */
  async close(): Promise<void> {
    this.#enter({ name: 'closed' });
    this.#ticks.stop();
    this.#client.stop();
    await this.#socket?.closed;
  }

  #enter(next: State): void {
    if (this.#state.name === 'closed') return;
    if (this.#state.name === 'connecting') this.#state.left.resolve(next);
    this.#state = next;
  }

  #greeted(greeting: unknown): void {
    const hello = helloSchema.safeParse(greeting);
    if (!hello.success || hello.data.protocol !== PROTOCOL_VERSION) {
      this.#objection = rejected('protocol_mismatch');
      this.#client.closeSocket(1008, 'protocol mismatch');
      return;
    }
    // Except on loopback, the right token gets no scopes without a paired device.
    if (!requiredScopes.every((scope) => hello.data.auth.scopes.includes(scope))) {
      this.#objection = rejected('scope_missing');
      this.#client.closeSocket(1000, 'scopes missing');
      return;
    }
    this.#backoff.reset();
    this.#ticks.start(hello.data.policy.tickIntervalMs);
    this.#enter({ name: 'ready', hello: hello.data });
    this.#events.connected(hello.data);
  }

  #lost(context: GatewayProtocolCloseContext): { retry: boolean; notify: boolean; reconnectDelayMs: number } {
    this.#ticks.stop();
    const problem = this.#objection ?? problemOf(context, this.#secrets());
    this.#objection = undefined;
    const delayMs = this.#backoff.next(problem);
    this.#enter({ name: 'waiting', problem, nextAttemptAt: Date.now() + delayMs });
    this.#events.disconnected(problem, delayMs);
    return { retry: true, notify: false, reconnectDelayMs: delayMs };
  }

  #secrets(): readonly string[] {
    return this.#credentials.token === null ? [] : [this.#credentials.token];
  }
}

const within = async <T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> => {
  const timer = Promise.withResolvers<undefined>();
  const handle = setTimeout(() => timer.resolve(undefined), timeoutMs);
  try {
    return await Promise.race([promise, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
};
