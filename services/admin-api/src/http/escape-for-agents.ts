import { escapeJsonStrings } from '@mission-control/domain';
import type { FastifyRequest } from 'fastify';
import { isAgentRoute } from './authenticate.ts';

/**
 * What the agent API answers becomes a tool's result in front of a model. All its answers are JSON; their strings are escaped like text in
 * messages and board memory, which changes no value.
 */
export const escapeForAgents = async (
  request: FastifyRequest,
  _: unknown,
  body: unknown,
): Promise<unknown> => (typeof body === 'string' && isAgentRoute(request) ? escapeJsonStrings(body) : body);
