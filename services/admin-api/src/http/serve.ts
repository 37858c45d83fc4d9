import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { Pin } from '@mission-control/read-models';
import {
  answerClientError,
  errorBody,
  type Logger,
  largestAdminBody,
  type ObserveRequest,
  requestIdOf,
} from '@mission-control/runtime';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { describeApi } from '../docs/openapi.ts';
import { serveDocs } from '../docs/serve-docs.ts';
import { AnswerErrors } from './answer-errors.ts';
import { apiErrorOf } from './api-error-of.ts';
import { type Authentication, authenticate } from './authenticate.ts';
import { CheckQuery } from './check-query.ts';
import { escapeForAgents } from './escape-for-agents.ts';
import { logRequest } from './log-request.ts';
import { observeRequests } from './observe-requests.ts';
import { pinReadModels } from './pin-read-models.ts';
import { readJson } from './read-json.ts';
import { ReadYourWrites, type WaitUntilReadable } from './read-your-writes.ts';
import { ValidateInput } from './validate-input.ts';

export interface HttpOptions {
  readonly authentication: Authentication;
  readonly waitUntilReadable: WaitUntilReadable;
  /** What a request reads. */
  readonly pin: () => Pin;
  readonly log: Logger;
  readonly observe: ObserveRequest;
}

/** The HTTP server for a module's use cases, not yet listening. */
export const serve = async (
  module: DynamicModule,
  { authentication, waitUntilReadable, pin, log, observe }: HttpOptions,
): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({
    bodyLimit: largestAdminBody,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers['x-request-id']),
    // A trailing slash makes no difference to a webhook's URL, for any method. The token of a read link has 112 characters.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    // Requests that arrive while the server closes are answered as usual.
    return503OnClosing: false,
    frameworkErrors: answerBeforeRouting,
    clientErrorHandler: answerClientError,
  });
  const server = adapter.getInstance() as unknown as FastifyInstance;
  observeRequests(server, observe);
  pinReadModels(server, pin);
  server.addHook('onRequest', authenticate(authentication));
  server.addHook('onSend', escapeForAgents);
  server.addHook('onSend', nameAsOf);
  server.addHook('onResponse', async (request, reply) => logRequest(log, request, reply));
  readJson(server);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalGuards(new CheckQuery());
  app.useGlobalPipes(new ValidateInput());
  app.useGlobalFilters(new AnswerErrors(log));
  app.useGlobalInterceptors(new ReadYourWrites(waitUntilReadable));
  await serveDocs(server, () => describeApi(app));
  await app.init();
  await server.ready();
  return app;
};

/** Names the position of the log as of which a request was answered, so that the same question can be asked again. */
const nameAsOf = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  if (request.caller?.asOf) void reply.header('x-as-of', request.caller.asOf);
};

/** Requests that the router itself rejects (a malformed URL) pass through no hook and no filter. */
const answerBeforeRouting = (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
  const answer = apiErrorOf(error);
  void reply.status(answer.status).header('x-request-id', request.id).send(errorBody(answer, request.id));
};
