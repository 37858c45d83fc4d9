import type { BoardFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { CommandRejected } from '../rejected.ts';
import { evolveBoard, noBoard } from './board.ts';
import { type BoardCommand, decideBoard } from './decide.ts';

const boardId = 'b';
const created: BoardFact = {
  type: 'BoardCreated',
  data: { boardId, name: 'Board', slug: 'board', description: '', gatewayId: null },
};
const added = (agentId: string, isLead = false): BoardFact => ({
  type: 'AgentAddedToBoard',
  data: { boardId, agentId, isLead },
});

const given = (...facts: BoardFact[]) => ({
  when: (command: BoardCommand) => decideBoard(command, facts.reduce(evolveBoard, noBoard)),
});
const codeOf = (decide: () => unknown): string => {
  try {
    decide();
  } catch (error) {
    if (error instanceof CommandRejected) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('a board', () => {
  it('is created once', () => {
    const command: BoardCommand = { type: 'CreateBoard', ...created.data } as BoardCommand;
    expect(given().when(command)).toEqual([created]);
    expect(codeOf(() => given(created).when(command))).toBe('board_exists');
  });

  it('records only what changed, and nothing if nothing changed', () => {
    expect(
      given(created).when({ type: 'UpdateBoard', name: 'Board', description: 'new', gatewayId: 'g' }),
    ).toEqual([{ type: 'BoardUpdated', data: { boardId, description: 'new', gatewayId: 'g' } }]);
    expect(given(created).when({ type: 'UpdateBoard', name: 'Board' })).toEqual([]);
  });

  it('has one lead at a time', () => {
    expect(given(created).when({ type: 'AddAgent', agentId: 'a', isLead: true })).toEqual([added('a', true)]);
    expect(
      codeOf(() => given(created, added('a', true)).when({ type: 'AddAgent', agentId: 'c', isLead: true })),
    ).toBe('board_has_lead');
    expect(
      codeOf(() =>
        given(created, added('a', true), added('c')).when({ type: 'SetLead', agentId: 'c', isLead: true }),
      ),
    ).toBe('board_has_lead');
  });

  it('can get a new lead once the old one has stepped down or left', () => {
    const left: BoardFact = { type: 'AgentRemovedFromBoard', data: { boardId, agentId: 'a' } };
    const set: BoardCommand = { type: 'SetLead', agentId: 'c', isLead: true };
    expect(given(created, added('a', true), added('c'), left).when(set)).toEqual([
      { type: 'BoardLeadChanged', data: { boardId, leadAgentId: 'c' } },
    ]);
    expect(given(created, added('a', true)).when({ type: 'SetLead', agentId: 'a', isLead: false })).toEqual([
      { type: 'BoardLeadChanged', data: { boardId, leadAgentId: null } },
    ]);
  });

  it('accepts a webhook only for one of its own agents', () => {
    expect(
      codeOf(() => given(created).when({ type: 'AddWebhook', webhookId: 'w', agentId: 'stranger' })),
    ).toBe('agent_not_on_board');
    expect(given(created, added('a')).when({ type: 'AddWebhook', webhookId: 'w', agentId: 'a' })).toEqual([
      { type: 'WebhookAddedToBoard', data: { boardId, webhookId: 'w' } },
    ]);
  });

  it('can be deleted only when it is empty', () => {
    const webhook: BoardFact = { type: 'WebhookAddedToBoard', data: { boardId, webhookId: 'w' } };
    const removed: BoardFact = { type: 'WebhookRemovedFromBoard', data: { boardId, webhookId: 'w' } };
    expect(codeOf(() => given(created, webhook).when({ type: 'DeleteBoard' }))).toBe('board_not_empty');
    expect(codeOf(() => given(created, added('a')).when({ type: 'DeleteBoard' }))).toBe('board_not_empty');
    expect(given(created, webhook, removed).when({ type: 'DeleteBoard' })).toEqual([
      { type: 'BoardDeleted', data: { boardId } },
    ]);
  });

  const deleted: BoardFact = { type: 'BoardDeleted', data: { boardId } };

  it('cannot be created once its creation was abandoned', () => {
    const command: BoardCommand = { type: 'CreateBoard', ...created.data } as BoardCommand;
    expect(codeOf(() => given(deleted).when(command))).toBe('board_exists');
  });

  it('accepts no command once it is deleted', () => {
    expect(
      codeOf(() => given(created, deleted).when({ type: 'AddAgent', agentId: 'a', isLead: false })),
    ).toBe('board_not_found');
  });
});
