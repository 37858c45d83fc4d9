import {
  findArrival,
  findBoard,
  findPayload,
  findWebhook,
  type LiveReadModels,
  type Payload,
  type ProjectionName,
  type WebhookPayloadArrivalRow,
} from '@mission-control/read-models';
import { contentErased, notFound } from '../http/not-found.ts';

export type ReadModelsDatabase = LiveReadModels['db'];

/**
 * Waits until the read model shows everything that had arrived at the webhook before the call. Resolves to false when nothing
 * ever arrived, or when the wait times out.
 */
export type PayloadsCaughtUp = (webhookId: string) => Promise<boolean>;

/** Waits until a projection has applied everything up to the position. Resolves to false when the wait times out. */
export type CaughtUp = (projection: ProjectionName, position: bigint) => Promise<boolean>;

/** The read models, for queries. */
export class Reads {
  readonly db: ReadModelsDatabase;
  readonly #payloadsCaughtUp: PayloadsCaughtUp;

  constructor(
    db: ReadModelsDatabase,
    payloadsCaughtUp: PayloadsCaughtUp,
    readonly caughtUp: CaughtUp,
  ) {
    this.db = db;
    this.#payloadsCaughtUp = payloadsCaughtUp;
  }

  /** Waits until the payloads that had arrived at the webhook before the call are in the read model, or for some seconds. */
  async payloadsCaughtUp(webhookId: string): Promise<void> {
    await this.#payloadsCaughtUp(webhookId);
  }

  /** @throws ApiError 404 when the board does not exist */
  async requireBoard(boardId: string): Promise<void> {
    if (!(await findBoard(this.db, boardId))) throw notFound('board');
  }

  /** @throws ApiError 404 when the board has no webhook with this id */
  async requireWebhook(boardId: string, webhookId: string): Promise<void> {
    if (!(await findWebhook(this.db, boardId, webhookId))) throw notFound('webhook');
  }

  /**
   * A sender that just got a 202, or an agent that was just told, may ask before the read model has the payload. Before the
   * payload is reported as unknown, the read model therefore catches up with what has arrived.
   *
   * @throws ApiError 404 when the board's webhook has no payload with this id
   */
  async payload(boardId: string, webhookId: string, payloadId: string): Promise<Payload> {
    const payload = await this.findPayload(boardId, webhookId, payloadId);
    if (!payload) throw notFound('payload');
    return payload;
  }

  /** Like `payload`, but resolves to undefined when the read model does not have the payload in time. */
  findPayload(boardId: string, webhookId: string, payloadId: string): Promise<Payload | undefined> {
    return this.#caughtUp(webhookId, () => findPayload(this.db, boardId, webhookId, payloadId));
  }

  /**
   * @param number counts from 1 in the order of arrival
   * @throws ApiError 404 when the board's webhook has no payload with this id, or the payload has fewer arrivals; 410 when its content was
   * erased
   */
  async arrival(
    boardId: string,
    webhookId: string,
    payloadId: string,
    number: number,
  ): Promise<WebhookPayloadArrivalRow> {
    const { payload_encoding } = await this.payload(boardId, webhookId, payloadId);
    if (payload_encoding === 'erased') throw contentErased();
    const arrival = await this.#caughtUp(webhookId, () => findArrival(this.db, payloadId, number));
    if (!arrival) throw notFound('arrival');
    return arrival;
  }

  /** If nothing is found, looks again once the read model has caught up with what has arrived. */
  async #caughtUp<T>(webhookId: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    return (await find()) ?? ((await this.#payloadsCaughtUp(webhookId)) ? await find() : undefined);
  }
}
