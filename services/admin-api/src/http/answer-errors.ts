import { errorBody, type Logger } from '@mission-control/runtime';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf } from './api-error-of.ts';

/** Answers every error, including the framework's, in the API's error format. */
@Catch()
export class AnswerErrors implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(fault: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = apiErrorOf(fault);
    if (error.status >= 500)
      this.log.error({ err: error.cause ?? fault, request_id: request.id }, error.message);
    if (reply.sent) return;
    void reply
      .status(error.status)
      .headers(error.headers)
      .header('content-type', 'application/json; charset=utf-8')
      .send(errorBody(error, request.id));
  }
}
