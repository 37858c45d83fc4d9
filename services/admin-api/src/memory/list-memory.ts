import { listMemory } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { AgentOf, type CallingAgent } from '../http/caller.ts';
import { pageQuery, queryFlag } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { MemoryList, memoryAnswerOfRow } from './memory-answer.ts';

class ListMemoryQuery extends createZodDto(
  z.object({
    ...pageQuery,
    is_chat: queryFlag.optional().describe('true: only chat; false: everything except chat.'),
  }),
) {}

const listOfBoard = async (reads: Reads, boardId: string, query: ListMemoryQuery): Promise<MemoryList> => {
  const [{ items, ...page }] = await Promise.all([
    listMemory(reads.db, boardId, { ...query, isChat: query.is_chat }),
    reads.requireBoard(boardId),
  ]);
  return { ...page, items: items.map(memoryAnswerOfRow) };
};

@ApiTags('Board memory')
@Controller('api/v1/boards/:board_id/memory')
export class ListMemory {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'Read board memory, newest first' })
  @ZodResponse({ status: 200, type: MemoryList })
  list(@BoardId() boardId: string, @Query() query: ListMemoryQuery): Promise<MemoryList> {
    return listOfBoard(this.reads, boardId, query);
  }
}

@ApiTags('Agent API')
@Controller('api/v1/agent/boards/:board_id/memory')
export class ListMemoryAsAgent {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: "Read the memory of the agent's own board, newest first" })
  @ZodResponse({ status: 200, type: MemoryList })
  list(@AgentOf() agent: CallingAgent, @Query() query: ListMemoryQuery): Promise<MemoryList> {
    return listOfBoard(this.reads, agent.boardId, query);
  }
}
