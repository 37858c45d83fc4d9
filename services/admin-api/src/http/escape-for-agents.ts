import { escapeJsonStrings } from '@mission-control/domain';
import type { FastifyRequest } from 'fastify';
import { answersAgents } from './authenticate.ts';

/**
 * A response of the agent API or to a read link becomes a tool result in front of a model. All its responses are JSON. Their strings are escaped
 * like text in messages and board memory, which changes no value.
 */
export const escapeForAgents = async (
  request: FastifyRequest,
  _: unknown,
  body: unknown,
): Promise<unknown> => (typeof body === 'string' && answersAgents(request) ? escapeJsonStrings(body) : body);
