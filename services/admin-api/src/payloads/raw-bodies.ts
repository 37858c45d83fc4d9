import { openBody, parseEvent, streams, type WebhookPayloadReceived } from '@mission-control/contracts';
import { ApiError } from '@mission-control/runtime';
import { Injectable } from '@nestjs/common';
import type { ApiResponseOptions } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { contentErased } from '../http/not-found.ts';
import { Commands } from '../stores/commands.ts';

/** Characters that a header must not contain. */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/g;

/** For the descriptions of the operations that send a body. */
export const rawBodyHeaders =
  "X-Original-Content-Type is the sender's Content-Type. X-Original-Content-Encoding is present when the body arrived compressed: the bytes " +
  'are not inflated.';

export const rawBodyResponse = {
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
} satisfies ApiResponseOptions;

export interface StoredArrival {
  readonly webhookId: string;
  readonly payloadId: string;
  /** In the payload stream. */
  readonly revision: number;
}

/** Bodies as they arrived, read from the event store. */
@Injectable()
export class RawBodies {
  constructor(private readonly commands: Commands) {}

  /**
   * Sends the body so that no browser runs or shows it, whatever the bytes are: they come from outside.
   *
   * @param name of the file, without its extension
   * @throws ApiError 410 when the event store no longer has the arrival, or its content was erased
   */
  async send(reply: FastifyReply, arrival: StoredArrival, name: string): Promise<void> {
    const { contentType, body, inflated } = await this.read(arrival);
    const type = contentType?.replace(unsendable, '');
    void reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}.bin"`,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        ...(type && { 'x-original-content-type': type }),
        ...(inflated && { 'x-original-content-encoding': inflated.encoding }),
      })
      .send(openBody(body));
  }

  /** @throws ApiError 410 when the event store no longer has the arrival */
  async read({ webhookId, payloadId, revision }: StoredArrival): Promise<WebhookPayloadReceived> {
    const recorded = await this.commands.store.readEvent(streams.payloads(webhookId), revision);
    const event = recorded === 'gone' ? null : parseEvent(recorded);
    if (event?.type !== 'WebhookPayloadReceived' || event.data.payloadId !== payloadId) {
      throw new ApiError(
        410,
        'payload_gone',
        'The body is gone: the webhook was deleted, or the retention period has ended.',
      );
    }
    if (event.data.body.enc === 'erased') throw contentErased();
    return event.data;
  }
}
