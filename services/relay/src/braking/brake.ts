import { parseEvent } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import type { KnownRules, Rules } from '../deciding/rules.ts';
import { record } from '../deciding/settle.ts';
import type { Outstanding } from '../outstanding/outstanding.ts';
import type { RelayMetrics } from '../relaying/metrics.ts';
import type { ToldOften } from './told-often.ts';

interface BrakeParts {
  readonly store: EventStore;
  readonly rules: KnownRules;
  readonly metrics: Pick<RelayMetrics, 'filtered'>;
  readonly told: ToldOften;
}

/**
 * Keeps a webhook from telling its agent more often than its limit allows (`max_told_per_minute`), which ends loops: an agent comments, is told
 * of its own comment, and comments again. What is beyond the limit is filtered. Redeliveries are neither counted nor filtered.
 */
export class Brake {
  readonly #parts: BrakeParts;

  constructor(parts: BrakeParts) {
    this.#parts = parts;
  }

  /** Whether an agent is told of a delivery that is due. Then it counts. Only a promise if the limit has to be read. */
  allows(delivery: Outstanding): boolean | Promise<boolean> {
    if (delivery.reference.cause.type === 'RedeliveryRequested') return true;
    const limit = this.#limitOf(delivery);
    const { told } = this.#parts;
    return limit instanceof Promise
      ? limit.then((read) => told.add(delivery, read))
      : told.add(delivery, limit);
  }

  /** Counts a delivery that was told before this session. */
  async remember(delivery: Outstanding): Promise<void> {
    if (delivery.reference.cause.type === 'RedeliveryRequested') return;
    this.#parts.told.remember(delivery, await this.#limitOf(delivery));
  }

  /**
   * Records that no agent is told of a delivery.
   *
   * @returns `publish`: something else has happened to it before, so the notifier decides
   */
  async filter({ reference, webhookRevision }: Outstanding): Promise<'publish' | 'settled'> {
    const { store, metrics, told } = this.#parts;
    const { payloadId, boardId, webhookId, cause } = reference;
    const recorded = await store.readEvent(cause.stream, cause.revision);
    if (recorded === 'gone' || recorded.id !== cause.eventId || webhookRevision === null) return 'publish';
    const event = parseEvent(recorded);
    const [first] = event.type === 'PayloadsCoalesced' ? event.data.payloads : [];
    const result = await record(
      store,
      { id: event.id, type: cause.type, payloadId, metadata: event.metadata },
      {
        type: 'DeliveryFiltered',
        data: {
          ...{ payloadId, boardId, webhookId, deliveryId: cause.eventId },
          arrivalRevision: first?.arrivalRevision ?? cause.revision,
          ...{ webhookRevision, reason: 'told_too_often' },
        },
      },
    );
    if (result === 'recorded') {
      metrics.filtered('told_too_often');
      told.leftOut(reference, Date.now());
    }
    return result === 'recorded' || result === 'settled' ? 'settled' : 'publish';
  }

  #limitOf({ reference: { webhookId }, webhookRevision }: Outstanding): Limit | Promise<Limit> {
    if (webhookRevision === null) return null;
    const rules = this.#parts.rules.of(webhookId, webhookRevision);
    return rules instanceof Promise ? rules.then(limitIn) : limitIn(rules);
  }
}

/** Messages in a minute; null: any number. */
type Limit = number | null;

const limitIn = (rules: Rules | null): Limit => rules?.maxToldPerMinute ?? null;
