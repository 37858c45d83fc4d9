import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ZodSerializerDto } from 'nestjs-zod';
import type { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { DryRunAnswer, ReplayAnswer, replayOrDryRun } from './replay-answer.ts';
import { ReplayBody } from './replay-input.ts';
import { ReplayRequests, type Scope } from './replay-requests.ts';

const description =
  'The set is read now and does not change. Agents are told about its payloads again, in the order of arrival, as fast as `rate` allows. At ' +
  'most 10 replayed deliveries of a board are under way at a time, and a live delivery waits for no more than these. A payload that is still ' +
  'being delivered when its turn comes, or is gone, is skipped. The messages contain the bodies of the first arrivals. With `dry_run`, nothing ' +
  'is changed. An empty set is rejected (422, `replay_empty`), and so is one of more than 1,000,000 payloads.';
const created = { type: ReplayAnswer.Output, description: 'The replay.' };
const triedOut = { type: DryRunAnswer.Output, description: 'With `dry_run`.' };

const answer = async (
  requests: ReplayRequests,
  { caller, scope, body, reply }: { caller: Caller; scope: Scope; body: ReplayBody; reply: FastifyReply },
): Promise<z.infer<typeof replayOrDryRun>> => {
  if (!body.dry_run) return requests.create(caller, scope, body);
  void reply.status(200);
  return requests.tryOut(scope, body);
};

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/replays')
export class CreateWebhookReplay {
  constructor(private readonly requests: ReplayRequests) {}

  @Post()
  @ApiOperation({ summary: 'Tell agents about payloads of a webhook again', description })
  @ApiCreatedResponse(created)
  @ApiOkResponse(triedOut)
  @ZodSerializerDto(replayOrDryRun)
  create(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: ReplayBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof replayOrDryRun>> {
    return answer(this.requests, { caller, scope: { boardId, webhookId }, body, reply });
  }
}

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/replays')
export class CreateBoardReplay {
  constructor(private readonly requests: ReplayRequests) {}

  @Post()
  @ApiOperation({ summary: 'Tell agents about payloads of all webhooks of a board again', description })
  @ApiCreatedResponse(created)
  @ApiOkResponse(triedOut)
  @ZodSerializerDto(replayOrDryRun)
  create(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Body() body: ReplayBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.infer<typeof replayOrDryRun>> {
    return answer(this.requests, { caller, scope: { boardId, webhookId: null }, body, reply });
  }
}
