import type { IncomingHttpHeaders } from 'node:http';
import { signedPartOf } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import type { Signer } from '@mission-control/keyring';
import type { Logger, Metrics } from '@mission-control/runtime';
import type { Arrival } from './arrival.ts';
import { isPreferred } from './preference.ts';

/** After the key could not be opened, receipts are left out for this long before it is tried again. */
const pauseMs = 1_000;

/** Gives the headers of a stored arrival's receipt; none if it cannot be signed. Never rejects. */
type IssueReceipt = (arrival: Arrival) => Promise<Readonly<Record<string, string>>>;

/**
 * Signs receipts. Whether a payload is accepted never depends on its receipt: if none can be signed, the answer is the same without these
 * headers, and the sender may send again to get one.
 */
export class Receipts {
  readonly #openSigner: () => Promise<Signer>;
  readonly #log: Logger;
  readonly #count: (outcome: 'signed' | 'failed') => void;
  #signer: Promise<Signer | null> | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(openSigner: () => Promise<Signer>, { log, meter }: { log: Logger; meter: Metrics['meter'] }) {
    this.#openSigner = openSigner;
    this.#log = log;
    const counter = meter.createCounter('mission_control.ingest.receipts', {
      description: 'Receipts that were to be given for stored arrivals.',
      unit: '{receipt}',
    });
    for (const outcome of ['signed', 'failed']) counter.add(0, { outcome });
    this.#count = (outcome) => counter.add(1, { outcome });
  }

  /**
   * Call this before the arrival is stored, so that the key is opened meanwhile, and the function that it returns once the arrival is
   * durable. null: this request gets no receipt.
   */
  begin({ receipt }: ActiveWebhook, { prefer }: IncomingHttpHeaders): IssueReceipt | null {
    if (receipt === 'off') return null;
    const preferred = isPreferred(prefer, 'receipt');
    if (!preferred && receipt !== 'always') return null;
    const signer = this.#open();
    return async (arrival) => {
      const text = await this.#sign(await signer, arrival);
      if (text === null) return {};
      return { 'x-payload-receipt': text, ...(preferred && { 'preference-applied': 'receipt' }) };
    };
  }

  /** null: the key cannot be opened at the moment. Never rejects. */
  #open(): Promise<Signer | null> {
    if (performance.now() - this.#failedAt < pauseMs) return Promise.resolve(null);
    this.#signer ??= this.#openSigner().catch((error: unknown) => {
      this.#report(error);
      this.#failedAt = performance.now();
      this.#signer = null;
      return null;
    });
    return this.#signer;
  }

  async #sign(signer: Signer | null, arrival: Arrival): Promise<string | null> {
    try {
      const receipt = signer && (await receiptOf(arrival, signer));
      this.#count(receipt === null ? 'failed' : 'signed');
      return receipt;
    } catch (error) {
      this.#report(error);
      this.#count('failed');
      return null;
    }
  }

  #report(error: unknown): void {
    this.#log.error({ err: error }, 'cannot sign receipts; payloads are accepted without');
  }
}

const receiptOf = async ({ event }: Arrival, signer: Signer): Promise<string> => {
  const { payloadId, boardId, webhookId, sha256, receivedAt } = event.data;
  const signed = signedPartOf(signer.keyId, {
    payload_id: payloadId,
    board_id: boardId,
    webhook_id: webhookId,
    event_id: event.id,
    sha256,
    received_at: receivedAt,
  });
  const signature = await signer.sign(Buffer.from(signed, 'ascii'));
  return `${signed}.${signature.toString('base64url')}`;
};
