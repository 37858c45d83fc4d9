import {
  findArrival,
  findBoard,
  findPayload,
  findWebhook,
  type openReadModels,
  type Payload,
  type WebhookPayloadArrivalRow,
} from '@mission-control/read-models';
import { notFound } from '../http/not-found.ts';

export type ReadModelsDatabase = ReturnType<typeof openReadModels>['db'];

/** Resolves once the read model shows what had arrived at the webhook when it was asked, or patience ends; false when nothing ever has. */
export type PayloadsCaughtUp = (webhookId: string) => Promise<boolean>;

/** The read models, for queries. */
export class Reads {
  readonly db: ReadModelsDatabase;
  readonly #payloadsCaughtUp: PayloadsCaughtUp;

  constructor(db: ReadModelsDatabase, payloadsCaughtUp: PayloadsCaughtUp) {
    this.db = db;
    this.#payloadsCaughtUp = payloadsCaughtUp;
  }

  /** @throws ApiError 404 when there is no such board */
  async requireBoard(boardId: string): Promise<void> {
    if (!(await findBoard(this.db, boardId))) throw notFound('board');
  }

  /** @throws ApiError 404 when there is no such webhook on the board */
  async requireWebhook(boardId: string, webhookId: string): Promise<void> {
    if (!(await findWebhook(this.db, boardId, webhookId))) throw notFound('webhook');
  }

  /**
   * A sender that was just answered 202, or an agent that was just told, may ask before the read model has the payload: before
   * it is called unknown, the read model catches up with what has arrived.
   *
   * @throws ApiError 404 when there is no such payload of the board's webhook
   */
  async payload(boardId: string, webhookId: string, payloadId: string): Promise<Payload> {
    const payload = await this.findPayload(boardId, webhookId, payloadId);
    if (!payload) throw notFound('payload');
    return payload;
  }

  /** The same; undefined where the read model does not have it in time. */
  findPayload(boardId: string, webhookId: string, payloadId: string): Promise<Payload | undefined> {
    return this.#caughtUp(webhookId, () => findPayload(this.db, boardId, webhookId, payloadId));
  }

  /**
   * @param number counts from 1 in the order of arrival
   * @throws ApiError 404 when there is no such payload of the board's webhook, or when it has not arrived so often
   */
  async arrival(
    boardId: string,
    webhookId: string,
    payloadId: string,
    number: number,
  ): Promise<WebhookPayloadArrivalRow> {
    await this.payload(boardId, webhookId, payloadId);
    const arrival = await this.#caughtUp(webhookId, () => findArrival(this.db, payloadId, number));
    if (!arrival) throw notFound('arrival');
    return arrival;
  }

  /** What is not found is looked for once more when the read model has caught up with what has arrived. */
  async #caughtUp<T>(webhookId: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
    return (await find()) ?? ((await this.#payloadsCaughtUp(webhookId)) ? await find() : undefined);
  }
}
