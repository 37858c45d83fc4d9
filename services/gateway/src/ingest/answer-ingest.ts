import { ApiError, type Logger } from '@mission-control/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../server/answer.ts';
import type { FindSender } from '../source/sender-address.ts';
import { BodyIncomplete } from './body.ts';
import type { Accepted, IngestRequest } from './ingest.ts';
import type { IngestLimits } from './limits.ts';
import { linger } from './linger.ts';
import type { IngestMetrics } from './metrics.ts';

/** What costs an address one of its refusals. */
const countedRefusals = new Set([403, 404, 413, 429]);

export interface IngestRoute {
  readonly ingest: (request: IngestRequest) => Promise<Accepted>;
  readonly findSender: FindSender;
  readonly limits: IngestLimits;
  readonly metrics: IngestMetrics;
  readonly log: Logger;
}

/** Runs ingest for a request and answers it: 202, or the error. Never throws. */
export const answerIngest = async (
  { ingest, findSender, limits, metrics, log }: IngestRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { boardId, webhookId }: { boardId: string; webhookId: string },
): Promise<void> => {
  const sender = findSender(request.raw);
  try {
    const accepted = await ingest({
      message: request.raw,
      requestId: request.id,
      sender,
      boardId,
      webhookId,
    });
    metrics.answered('accepted');
    void reply
      .code(202)
      .header('content-type', 'application/json; charset=utf-8')
      .header('x-request-id', request.id)
      .send(JSON.stringify(accepted));
  } catch (error) {
    if (error instanceof BodyIncomplete) {
      metrics.answered(error.code);
      reply.hijack();
      request.raw.destroy();
      return;
    }
    const refusal = asRefusal(error, request.id, log);
    metrics.answered(refusal.code);
    log.info(
      {
        request_id: request.id,
        status: refusal.status,
        code: refusal.code,
        board_id: boardId,
        webhook_id: webhookId,
        source_ip: sender.ip,
      },
      'request refused',
    );
    if (countedRefusals.has(refusal.status)) await limits.countRefusal(sender.limitKey);
    sendError(reply, refusal);
    linger(request.raw);
  }
};

const asRefusal = (error: unknown, requestId: string, log: Logger): ApiError => {
  if (error instanceof ApiError) return error;
  log.error({ err: error, request_id: requestId }, 'ingest failed');
  return new ApiError(500, 'internal_error', 'Something went wrong on our side.', {
    headers: { 'retry-after': '5' },
  });
};
