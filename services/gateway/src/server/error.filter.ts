import { ApiError, type Logger } from '@mission-control/runtime';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { asApiError, sendError } from './answer.ts';

/** Gives whatever was thrown outside ingest the shape that every error answer has. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const known = asApiError(error);
    if (!known) this.#log.error({ err: error, request_id: reply.request.id }, 'a request failed');
    sendError(reply, known ?? new ApiError(500, 'internal_error', 'Something went wrong on our side.'));
  }
}
