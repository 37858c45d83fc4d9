import { listBoardRejections } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId } from '../http/path-ids.ts';
import { id } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { RejectionList, rejectionAnswer, rejectionsQuery } from './rejection-answer.ts';

class ListBoardRejectionsQuery extends createZodDto(
  z.object({ ...rejectionsQuery, webhook_id: id.optional().describe('Only requests to this webhook.') }),
) {}

@ApiTags('Rejections')
@Controller('api/v1/boards/:board_id/rejections')
export class ListBoardRejections {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({
    summary: 'List the rejected requests of all webhooks of a board, newest first',
    description:
      'Contains the same rejections as the lists of its webhooks. If there are more than 10,000, `total` is null.',
  })
  @ZodResponse({ status: 200, type: RejectionList })
  async list(@BoardId() boardId: string, @Query() query: ListBoardRejectionsQuery): Promise<RejectionList> {
    const [{ items, ...page }] = await Promise.all([
      listBoardRejections(this.reads.db, boardId, query),
      this.reads.requireBoard(boardId),
    ]);
    return { items: items.map(rejectionAnswer), ...page };
  }
}
