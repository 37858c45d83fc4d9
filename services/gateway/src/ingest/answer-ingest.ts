import { ApiError, type Logger, type ObservedRequest } from '@mission-control/runtime';
import type { SignatureFault } from '@mission-control/signatures';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../server/answer.ts';
import type { FindSender, SenderAddress } from '../source/sender-address.ts';
import { BodyIncomplete } from './body.ts';
import { countFailedAttempt } from './count-failed-attempt.ts';
import type { IngestAnswer, IngestRequest } from './ingest.ts';
import { type IngestRecord, newIngestRecord } from './ingest-record.ts';
import type { IngestLimits } from './limits.ts';
import { linger } from './linger.ts';
import type { IngestMetrics } from './metrics.ts';
import { Unproven } from './rejection-errors.ts';

/** For the log, which contains ids but never the path as sent. */
const route = '/api/v1/boards/:board_id/webhooks/:webhook_id';

/** A request that was not accepted, and why. */
export interface RejectedRequest {
  readonly request: FastifyRequest;
  readonly sender: SenderAddress;
  readonly target: IngestTarget;
  readonly record: IngestRecord;
  readonly status: number;
  readonly code: string;
  /** Why the proof is not valid; null if the request was rejected for another reason. */
  readonly cause: SignatureFault | null;
}

interface IngestTarget {
  readonly boardId: string;
  readonly webhookId: string;
}

interface ObservedTarget extends IngestTarget {
  readonly observed: ObservedRequest;
}

export interface IngestRoute {
  readonly ingest: (request: IngestRequest) => Promise<IngestAnswer>;
  readonly findSender: FindSender;
  readonly limits: IngestLimits;
  readonly metrics: IngestMetrics;
  /** Called for each rejection after its response. Never throws. */
  readonly onRejected: (rejected: RejectedRequest) => void;
  readonly log: Logger;
}

/** Runs ingest for a request and answers it: 202, the answer to a URL verification, or the error. Never throws. */
export const answerIngest = async (
  { ingest, findSender, limits, metrics, onRejected, log }: IngestRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { observed, ...target }: ObservedTarget,
): Promise<void> => {
  const sender = findSender(request.raw);
  const record = newIngestRecord();
  const note = (level: 'debug' | 'info', status: number, code: string): void => {
    metrics.answered(status, code);
    if (!log.isLevelEnabled(level)) return;
    const ids = { request_id: request.id, board_id: target.boardId, webhook_id: target.webhookId };
    log[level]({ ...ids, route, status, code, source_ip: sender.ip }, 'request');
  };
  try {
    const asked = { message: request.raw, requestId: request.id, sender, ...target, record };
    const { body, headers } = await ingest(asked);
    const status = 'ok' in body ? 202 : 200;
    note('debug', status, 'ok' in body ? 'accepted' : 'challenge_answered');
    void reply
      .code(status)
      .header('content-type', 'application/json; charset=utf-8')
      .header('x-request-id', request.id)
      .headers(headers)
      .send(JSON.stringify(body));
  } catch (error) {
    const rejected = (status: number, code: string): void => {
      observed.failedWith(code);
      note('info', status, code);
      const cause = error instanceof Unproven ? error.fault : null;
      onRejected({ request, sender, target, record, status, code, cause });
    };
    if (error instanceof BodyIncomplete) {
      reply.hijack();
      request.raw.destroy();
      return rejected(400, error.code);
    }
    const rejection = await countFailedAttempt(
      asRejection(error, { ...target, requestId: request.id }, log),
      record,
      sender.limitKey,
      limits,
    );
    sendError(reply, rejection);
    rejected(rejection.status, rejection.code);
    linger(request.raw);
  }
};

const asRejection = (
  error: unknown,
  { boardId, webhookId, requestId }: IngestTarget & { requestId: string },
  log: Logger,
): ApiError => {
  if (error instanceof ApiError) return error;
  const ids = { request_id: requestId, board_id: boardId, webhook_id: webhookId };
  log.error({ err: error, ...ids }, 'ingest failed');
  return new ApiError(500, 'internal_error', 'An internal error occurred.', {
    headers: { 'retry-after': '5' },
  });
};
