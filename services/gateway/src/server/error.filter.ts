import type { Logger } from '@mission-control/runtime';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { sendFault } from './answer.ts';

/** Answers errors thrown outside ingest in the usual error format. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    sendFault(host.switchToHttp().getResponse<FastifyReply>(), error, this.#log);
  }
}
