import { aggregates } from '@mission-control/aggregates';
import { newOrderedId, streams } from '@mission-control/contracts';
import { openBoard } from '@mission-control/domain';
import { Body, Controller, Injectable, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { AgentOf, type Caller, CallerOf, type CallingAgent } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { flag, singleLine, someText } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { MemoryAnswer, memoryAnswerOf } from './memory-answer.ts';
import { systemTag } from './system-tag.ts';

export class AddMemoryEntryBody extends createZodDto(
  z.strictObject({
    content: someText(100_000),
    tags: z
      .array(
        singleLine(100).refine((tag) => !systemTag.test(tag), {
          error: 'is a tag that is reserved for the system',
        }),
      )
      .max(20, { error: 'must have at most 20 entries' })
      .default([]),
    is_chat: flag.default(false),
  }),
) {}

/** What admins and agents do in the same way. */
@Injectable()
export class BoardMemory {
  constructor(private readonly commands: Commands) {}

  async add(caller: Caller, boardId: string, body: AddMemoryEntryBody): Promise<MemoryAnswer> {
    openBoard(await this.commands.load(aggregates.board, boardId));
    const kind = caller.role === 'agent' ? 'agent' : 'admin';
    const event = await this.commands.record(caller, ['memory'], streams.memory(boardId), {
      type: 'MemoryEntryAdded',
      data: {
        entryId: newOrderedId(),
        boardId,
        content: body.content,
        tags: [...new Set(body.tags)],
        isChat: body.is_chat,
        source: kind,
        author: { kind, id: caller.actor.id },
      },
    });
    return memoryAnswerOf(event);
  }
}

@ApiTags('Board memory')
@Controller('api/v1/boards/:board_id/memory')
export class AddMemoryEntry {
  constructor(private readonly memory: BoardMemory) {}

  @Post()
  @ApiOperation({ summary: 'Write to board memory' })
  @ZodResponse({ status: 201, type: MemoryAnswer })
  add(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Body() body: AddMemoryEntryBody,
  ): Promise<MemoryAnswer> {
    return this.memory.add(caller, boardId, body);
  }
}

@ApiTags('Agent API')
@Controller('api/v1/agent/boards/:board_id/memory')
export class AddMemoryEntryAsAgent {
  constructor(private readonly memory: BoardMemory) {}

  @Post()
  @ApiOperation({ summary: "Write to the memory of the agent's own board" })
  @ZodResponse({ status: 201, type: MemoryAnswer })
  add(
    @CallerOf() caller: Caller,
    @AgentOf() agent: CallingAgent,
    @Body() body: AddMemoryEntryBody,
  ): Promise<MemoryAnswer> {
    return this.memory.add(caller, agent.boardId, body);
  }
}
