import type { DeliveryEventType, DomainEvent } from '@mission-control/contracts';
import { runSucceeded } from '@mission-control/domain';
import {
  contextOf,
  failSpan,
  inSpan,
  registration,
  startSpan,
  traceparentOf,
} from '@mission-control/telemetry';
import { type Attributes, type Context, context, SpanKind, type TimeInput, trace } from '@opentelemetry/api';

interface Ids {
  readonly payloadId: string;
  readonly boardId: string;
  readonly webhookId: string;
  readonly deliveryId: string;
}

/**
 * What this process adds to the trace of a delivery. An attempt is a child of the message that brought the delivery, and everything after
 * it is a child of the attempt. A delivery may wait for hours, and a span is only exported when it ends, so waiting is in no span.
 */
export class DeliveryTrace {
  readonly #attributes: Attributes;
  /** Whether spans are exported. If not, none are made: there are several for each delivery. */
  readonly #isOn = registration() !== undefined;
  #context: Context;
  #traceparent: string | undefined;
  #sentAt: number | null = null;
  #toldAt: number | null = null;

  /** @param traceparent of the message; of the cause, if the relay exports no traces */
  constructor(traceparent: string | undefined, { payloadId, boardId, webhookId, deliveryId }: Ids) {
    this.#context = contextOf(traceparent);
    this.#traceparent = traceparentOf(this.#context);
    this.#attributes = {
      board_id: boardId,
      webhook_id: webhookId,
      payload_id: payloadId,
      delivery_id: deliveryId,
    };
  }

  /** For the events that follow; undefined: there is no trace. */
  get traceparent(): string | undefined {
    return this.#traceparent;
  }

  /** Runs the work as part of the trace. */
  run<T>(work: () => T): T {
    return this.#isOn ? context.with(this.#context, work) : work();
  }

  /** Runs an attempt. The delivery's own facts follow from the last one. */
  attempt<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#isOn) return work();
    const options = { kind: SpanKind.CONSUMER, attributes: this.#attributes, parent: this.#context };
    return inSpan('attempt delivery', options, (span) => {
      if (span.isRecording()) {
        this.#context = trace.setSpan(this.#context, span);
        this.#traceparent = traceparentOf(this.#context);
      }
      return work();
    });
  }

  /** The request that sends the message. It begins before this returns. */
  send<O extends { readonly kind: string; readonly code?: string }>(
    openclawGatewayId: string,
    send: () => Promise<O>,
  ): Promise<O> {
    if (!this.#isOn) return send();
    const attributes = { ...this.#attributes, openclaw_gateway_id: openclawGatewayId };
    this.#sentAt = Date.now();
    return inSpan('chat.send', { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const outcome = await send();
      span.setAttribute('outcome', outcome.kind);
      if (outcome.kind !== 'accepted') failSpan(span, outcome.code ?? outcome.kind);
      return outcome;
    });
  }

  /** Adds what was recorded: how long the confirmation and the run took, and why the delivery did not succeed. */
  recorded(events: readonly DomainEvent<DeliveryEventType>[]): void {
    if (!this.#isOn) return;
    for (const event of events) {
      switch (event.type) {
        case 'MessageConfirmed':
          this.#toldAt = Date.now();
          this.#add('confirm message', this.#sentAt);
          break;
        case 'AgentRunEnded': {
          const { outcome, code } = event.data;
          const failure = runSucceeded(outcome) ? undefined : (code ?? outcome);
          this.#add('agent run', this.#toldAt, failure, { outcome });
          break;
        }
        case 'DeliveryAttemptFailed':
          this.#add('attempt failed', null, event.data.code);
          break;
        case 'MessageLost':
          this.#add('message lost', null, event.data.reason);
          break;
        case 'DeliveryOutcomeUnknown':
          this.#add('outcome unknown', null, event.data.reason);
          break;
        case 'DeliveryParked':
          this.#add('delivery parked', null, event.data.reason);
          break;
        case 'DeliveryFailed':
          this.#add('delivery failed', null, event.data.reason);
          break;
        default:
      }
    }
  }

  /** @param since when it began, milliseconds since 1970; null: it is not known, or it takes no time */
  #add(name: string, since: number | null, failure?: string, more: Attributes = {}): void {
    const startTime: TimeInput = since ?? Date.now();
    const span = startSpan(name, { startTime, attributes: { ...this.#attributes, ...more } }, this.#context);
    if (failure !== undefined) failSpan(span, failure);
    span.end();
  }
}
