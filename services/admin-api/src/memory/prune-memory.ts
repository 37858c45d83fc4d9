import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { openBoard } from '@mission-control/domain';
import { countMemoryToPrune, listMemoryToPrune } from '@mission-control/read-models';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { backupsRemain, remains } from '../http/remains.ts';
import { flag, moment, singleLine } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { systemTag } from './system-tag.ts';

const entriesPerRequest = 10_000;
const entriesPerEvent = 500;

class PruneMemoryBody extends createZodDto(
  z
    .strictObject({
      before: moment.optional().describe('Entries created before this time.'),
      tag: singleLine(206).optional().describe('Entries with this tag.'),
      source: z.enum(['admin', 'agent', 'webhook']).optional().describe('Entries that these have written.'),
      is_chat: flag.optional().describe('true: only chat; false: everything except chat.'),
      include_system: flag
        .default(false)
        .describe('Whether entries of payloads, which the system writes, are pruned as well.'),
      dry_run: flag.default(false).describe('Only count the entries, and prune none.'),
    })
    .refine(({ before, tag, source }) => [before, tag, source].some((given) => given !== undefined), {
      error: 'must have at least one of before, tag and source',
    })
    .refine(
      ({ tag, source, include_system: included }) =>
        included || !(source === 'webhook' || (tag !== undefined && systemTag.test(tag))),
      { error: 'must be true to prune entries of payloads', path: ['include_system'] },
    ),
) {}

class PrunedMemory extends createZodDto(
  z.object({
    dry_run: z.boolean(),
    matching: z.int().describe('How many entries met the criteria.'),
    pruned: z
      .int()
      .describe(`How many of them were pruned, the oldest first: at most ${entriesPerRequest} per request.`),
    remains,
  }),
) {}

@ApiTags('Board memory')
@Controller('api/v1/boards/:board_id/memory/prune')
export class PruneMemory {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Prune board memory',
    description:
      'Removes the entries that meet all criteria. At least one of before, tag and source is required. Pruned entries do not come back, ' +
      'not even when their payload arrives again. Repeat the request until it prunes none.',
  })
  @ZodResponse({ status: 200, type: PrunedMemory })
  async prune(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Body() body: PruneMemoryBody,
  ): Promise<PrunedMemory> {
    openBoard(await this.commands.load(aggregates.board, boardId));
    const { dry_run: isDryRun, include_system: includeSystem, is_chat: isChat, ...given } = body;
    const criteria = { ...given, isChat, includeSystem };
    const matching = await countMemoryToPrune(this.reads.db, boardId, criteria);
    const ids = isDryRun ? [] : await listMemoryToPrune(this.reads.db, boardId, criteria, entriesPerRequest);
    for (let at = 0; at < ids.length; at += entriesPerEvent) {
      const { before = null, tag = null, source = null } = given;
      await this.commands.record(caller, ['memory'], streams.memory(boardId), {
        type: 'MemoryEntriesPruned',
        data: {
          boardId,
          entryIds: ids.slice(at, at + entriesPerEvent),
          criteria: { before, tag, source, isChat: isChat ?? null },
        },
      });
    }
    return {
      dry_run: isDryRun,
      matching,
      pruned: ids.length,
      remains: [
        {
          where: 'event_store',
          what: 'The events that wrote the entries, which nothing shows any more. Payloads are kept: only their entries are pruned.',
          until: 'Entries of payloads: the payload is removed. Others: they stay.',
        },
        {
          where: 'agent_session',
          what: 'What agents have read of them.',
          until: 'The sessions are reset or deleted.',
        },
        backupsRemain,
      ],
    };
  }
}
