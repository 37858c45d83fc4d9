import { randomUUID, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import type { WebSocket } from 'ws';
import { errors } from './errors.ts';
import { type Answer, methods, type OpenclawGateway } from './methods.ts';
import {
  eventText,
  isRequest,
  type OpenclawGatewayError,
  objectionTo,
  type Request,
  responseText,
} from './protocol.ts';

export interface ConnectionOptions extends OpenclawGateway {
  readonly token: string;
  readonly tickIntervalMs: number;
}

/** One client: challenge, connect, hello, then requests in any order, events and ticks. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  #scopes: readonly string[] | null = null;
  #seq = 0;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      void this.#received(data.toString());
    });
    socket.send(eventText('connect.challenge', { nonce: randomUUID(), ts: Date.now() }));
    const ticks = setInterval(() => {
      if (!options.faults.peek('frozen')) this.event('tick', { ts: Date.now() });
    }, options.tickIntervalMs);
    socket.on('close', () => clearInterval(ticks));
  }

  /** Sends to clients that have completed the hello and may read. */
  event(name: string, payload: unknown): void {
    if (this.#scopes === null || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#seq += 1;
    this.#socket.send(eventText(name, payload, this.#seq));
  }

  async #received(text: string): Promise<void> {
    const request = parse(text);
    if (!request || (this.#scopes === null && request.method !== 'connect')) {
      this.#socket.close(1008, 'invalid request frame');
      return;
    }
    const { faults } = this.#options;
    const answer = await this.#answer(request);
    const slow = faults.take('slow');
    if (slow) await delay(slow.delayMs, undefined, { ref: false });
    if (answer === 'silence') return;
    if (answer === 'drop') {
      this.#socket.terminate();
      return;
    }
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(responseText(request, answer));
    if (request.method === 'connect' && 'error' in answer) this.#socket.close(1008, 'connect failed');
  }

  #answer(request: Request): Answer | Promise<Answer> {
    const { faults } = this.#options;
    if (faults.peek('frozen')) return 'silence';
    const objection = objectionTo(request);
    if (objection) return { error: errors.invalid(`invalid ${request.method} params: ${objection}`) };
    if (request.method === 'connect') return this.#connect(request.params as ConnectParams);
    if (faults.take('never_answer')) return 'silence';
    const method = methods[request.method];
    if (!method) return { error: errors.invalid(`unknown method: ${request.method}`) };
    if (!this.#scopes?.includes(method.scope)) return { error: errors.missingScope(method.scope) };
    return method.answer(request.params as never, this.#options);
  }

  #connect(params: ConnectParams): Answer {
    const rejection = this.#rejectionOf(params);
    if (rejection) return { error: rejection };
    const asked = params.scopes ?? [];
    const scopes = this.#options.faults.peek('missing_scope') ? ['operator.read'] : asked;
    this.#scopes = scopes;
    return {
      payload: {
        type: 'hello-ok',
        protocol: PROTOCOL_VERSION,
        server: { version: '2026.9.6-simulated', connId: randomUUID() },
        features: { methods: Object.keys(methods), events: ['connect.challenge', 'chat', 'tick'] },
        snapshot: { presence: [], health: {}, stateVersion: { presence: 0, health: 0 }, uptimeMs: 0 },
        auth: { role: 'operator', scopes },
        policy: {
          maxPayload: 26_214_400,
          maxBufferedBytes: 52_428_800,
          tickIntervalMs: this.#options.tickIntervalMs,
        },
      },
    };
  }

  #rejectionOf(params: ConnectParams): OpenclawGatewayError | null {
    const { faults, token } = this.#options;
    const starting = faults.take('starting');
    if (starting) return errors.starting(starting.retryAfterMs);
    const speaks = params.minProtocol <= PROTOCOL_VERSION && params.maxProtocol >= PROTOCOL_VERSION;
    if (!speaks || faults.take('protocol_mismatch')) return errors.protocolMismatch;
    if (faults.take('not_paired') || params.auth?.token === undefined) return errors.notPaired;
    if (faults.take('wrong_token') || !same(params.auth.token, token)) return errors.tokenMismatch;
    return null;
  }
}

const parse = (text: string): Request | null => {
  try {
    const frame: unknown = JSON.parse(text);
    return isRequest(frame) ? frame : null;
  } catch {
    return null;
  }
};

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};
