import {
  findBoard,
  findPayload,
  findWebhook,
  type openReadModels,
  type Payload,
} from '@mission-control/read-models';
import { notFound } from '../http/not-found.ts';

export type ReadModelsDatabase = ReturnType<typeof openReadModels>['db'];

/** The read models, for queries. */
export class Reads {
  constructor(readonly db: ReadModelsDatabase) {}

  /** @throws ApiError 404 when there is no such board */
  async requireBoard(boardId: string): Promise<void> {
    if (!(await findBoard(this.db, boardId))) throw notFound('board');
  }

  /** @throws ApiError 404 when there is no such webhook on the board */
  async requireWebhook(boardId: string, webhookId: string): Promise<void> {
    if (!(await findWebhook(this.db, boardId, webhookId))) throw notFound('webhook');
  }

  /** @throws ApiError 404 when there is no such payload of the board's webhook */
  async payload(boardId: string, webhookId: string, payloadId: string): Promise<Payload> {
    const payload = await findPayload(this.db, boardId, webhookId, payloadId);
    if (!payload) throw notFound('payload');
    return payload;
  }
}
