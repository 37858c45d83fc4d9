import { listMemory } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { AgentOf, type CallingAgent } from '../http/caller.ts';
import { pageQuery, queryFlag } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { moment, singleLine } from '../http/texts.ts';
import { eventTypeFilter } from '../payloads/payload-answer.ts';
import { Reads } from '../stores/reads.ts';
import { MemoryList, memoryAnswerOfRow } from './memory-answer.ts';

class ListMemoryQuery extends createZodDto(
  z.object({
    ...pageQuery,
    event_type: eventTypeFilter.describe(
      'Only entries about payloads with this event type, or pull_request.* for all that begin so.',
    ),
    since: moment.optional().describe('Created at this time or later.'),
    until: moment.optional().describe('Created before this time.'),
    tag: singleLine(206).optional().describe('Only entries with this tag.'),
    q: singleLine(200).optional().describe('Text that the content must contain. Payloads in it are escaped.'),
    is_chat: queryFlag.optional().describe('true: only chat; false: everything except chat.'),
  }),
) {}

const listOfBoard = async (reads: Reads, boardId: string, query: ListMemoryQuery): Promise<MemoryList> => {
  const [{ items, ...page }] = await Promise.all([
    listMemory(reads.db, boardId, {
      ...query,
      isChat: query.is_chat,
      eventType: query.event_type,
    }),
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
