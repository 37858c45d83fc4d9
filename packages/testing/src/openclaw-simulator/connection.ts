import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import {
  buildPairingConnectCloseReason,
  readPairingConnectErrorDetails,
} from '@openclaw/gateway-protocol/connect-error-details';
import type { WebSocket } from 'ws';
import { errors } from './errors.ts';
import { type Handshake, helloOk } from './handshake.ts';
import type { Answer, OpenclawGateway } from './methods/method.ts';
import { methods } from './methods/methods.ts';
import {
  type CheckedEvent,
  checkedEvent,
  eventText,
  isRequest,
  type OpenclawGatewayError,
  objectionTo,
  type Request,
  responseText,
} from './protocol.ts';

export interface ConnectionOptions extends OpenclawGateway {
  readonly handshake: Handshake;
  readonly tickIntervalMs: number;
  /** The peer is not on loopback, or a proxy says so. */
  readonly remote: boolean;
  /** Kills the process and starts it again. */
  readonly restart: () => void;
}

const hugeFrame = () => `{"type":"event","event":"huge","payload":"${'x'.repeat(30_000_000)}"}`;

/** One client: challenge, connect, hello, then requests in any order, events and ticks. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  readonly #nonce = randomUUID();
  #scopes: readonly string[] | null = null;
  #seq = 0;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => {
      void this.#received(data.toString());
    });
    const challenge = { nonce: this.#nonce, ts: Date.now(), capabilities: ['model-catalog-snapshot'] };
    if (!options.faults.take('no_challenge')) {
      socket.send(eventText(checkedEvent('connect.challenge', challenge)));
    }
    const ticks = setInterval(() => {
      if (!options.faults.peek('frozen')) this.event(checkedEvent('tick', { ts: Date.now() }));
    }, options.tickIntervalMs);
    socket.on('close', () => clearInterval(ticks));
  }

  /** Sends to clients that have completed the hello and may read. */
  event(event: CheckedEvent): void {
    if (!this.#scopes?.includes('operator.read') || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#seq += 1;
    this.#socket.send(eventText(event, this.#seq));
  }

  async #received(text: string): Promise<void> {
    const request = parse(text);
    if (!request && this.#scopes !== null) return;
    if (!request || (this.#scopes === null && request.method !== 'connect')) {
      this.#socket.close(1008, 'invalid request frame');
      return;
    }
    const answer = await this.#answer(request);
    const slow = this.#options.faults.take('slow');
    if (slow) await delay(slow.delayMs, undefined, { ref: false });
    if (this.#socket.readyState === this.#socket.OPEN) this.#send(request, answer);
  }

  #send(request: Request, answer: Answer): void {
    switch (answer) {
      case 'silence':
        return;
      case 'drop':
        this.#socket.terminate();
        return;
      case 'restart':
        this.#options.restart();
        return;
      case 'malformed':
        this.#socket.send('{"type":"res",');
        return;
      case 'huge':
        this.#socket.send(hugeFrame());
        return;
      default: {
        const { thenDrop = false, ...content } = { thenDrop: false, ...answer };
        const sent = responseText(request, content);
        if (thenDrop) this.#socket.send(sent, () => this.#socket.terminate());
        else this.#socket.send(sent);
        if (request.method === 'connect' && 'error' in answer) this.#refuse(answer.error);
      }
    }
  }

  #refuse({ code, message, details }: OpenclawGatewayError): void {
    const { code: detail } = (details ?? {}) as { code?: string };
    if (code === 'UNAVAILABLE') {
      this.#socket.close(1013, 'gateway starting');
      return;
    }
    const pairing = readPairingConnectErrorDetails(details);
    const reason = pairing ? buildPairingConnectCloseReason({ ...pairing, reason: pairing.reason }) : message;
    // The protocol allows 123 bytes.
    this.#socket.close(detail === 'PROTOCOL_MISMATCH' ? 1002 : 1008, reason.slice(0, 120));
  }

  #answer(request: Request): Answer | Promise<Answer> {
    const { faults } = this.#options;
    if (faults.peek('frozen')) return 'silence';
    const method = methods[request.method];
    if (!method && request.method !== 'connect') return { error: errors.missingScope('operator.admin') };
    const objection = objectionTo(request);
    if (objection) return { error: errors.invalid(`invalid ${request.method} params: ${objection}`) };
    if (!method) return this.#connect(request.params as ConnectParams);
    if (faults.take('never_answer')) return 'silence';
    if (!this.#scopes?.includes(method.scope)) return { error: errors.missingScope(method.scope) };
    return method.answer(request.params as never, this.#options);
  }

  #connect(params: ConnectParams): Answer {
    const { handshake, faults, state, tickIntervalMs, remote } = this.#options;
    if (faults.take('silent_connect')) return 'silence';
    const result = handshake.check(params, { nonce: this.#nonce, remote });
    if ('error' in result) return result;
    this.#scopes = result.scopes;
    return { payload: helloOk({ bootId: state.bootId, tickIntervalMs, ...result }) };
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
