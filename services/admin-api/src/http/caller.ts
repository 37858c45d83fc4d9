import type { Actor, EventContext } from '@mission-control/contracts';
import type { Position } from '@mission-control/event-store';
import type { ProjectionName } from '@mission-control/read-models';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { notFound } from './not-found.ts';

/** Who sent the request, and what it has written so far. */
export interface Caller {
  readonly role: 'admin' | 'auditor' | 'agent';
  readonly actor: Actor;
  readonly requestId: string;
  readonly traceparent: string | null;
  /** Set for agents. */
  readonly agent: CallingAgent | null;
  /** The position of this request's last event for each projection. The response waits until queries can read it. */
  readonly written: Map<ProjectionName, Position>;
  /** When every gateway uses this request's changes, on the clock of `performance.now()`. The response waits until then. */
  leaseEndsAt: number;
  /** The position of the log as of which this request was answered; null: as of now. */
  asOf: string | null;
}

export interface CallingAgent {
  readonly id: string;
  readonly boardId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent on public routes. */
    caller?: Caller;
  }
}

/** Who and what caused the events of this request. */
export const eventContextOf = (caller: Caller): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: caller.actor,
  correlationId: caller.requestId,
  causationId: caller.requestId,
  ...(caller.traceparent !== null && { traceparent: caller.traceparent }),
});

const callerOf = (context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('This route is public, so it has no caller.');
  return caller;
};

/** The caller of a route that needs one. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context));

/** The calling agent. If the path names another board, the response is the same as for an unknown board. */
export const AgentOf = createParamDecorator((_: unknown, context: ExecutionContext): CallingAgent => {
  const { agent } = callerOf(context);
  if (!agent) throw new Error('This route has no agent.');
  const { board_id: boardId } = context
    .switchToHttp()
    .getRequest<FastifyRequest<{ Params: { board_id?: string } }>>().params;
  if (boardId !== undefined && boardId.toLowerCase() !== agent.boardId) {
    throw notFound('board');
  }
  return agent;
});
