import { aggregates } from '@mission-control/aggregates';
import {
  CommandRejected,
  decideReplay,
  openBoard,
  type ReplayCommand,
  requestedReplay,
} from '@mission-control/domain';
import { Body, Controller, Delete, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, ReplayId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { ReplayAnswer, replayAnswer } from './replay-answer.ts';

class ChangeReplayBody extends createZodDto(z.strictObject({ state: z.enum(['paused', 'running']) })) {}

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/replays/:replay_id')
export class ChangeReplay {
  constructor(private readonly commands: Commands) {}

  @Patch()
  @ApiOperation({
    summary: 'Pause or resume a replay',
    description:
      'A paused replay requests nothing more, from within a second. Deliveries that it has requested, at most 10, go on. A replay that has ' +
      'ended cannot be changed (409, `replay_ended`).',
  })
  @ZodResponse({ status: 200, type: ReplayAnswer })
  change(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @ReplayId() replayId: string,
    @Body() { state }: ChangeReplayBody,
  ): Promise<ReplayAnswer> {
    return this.#decide(caller, boardId, replayId, state === 'paused' ? 'pause' : 'resume');
  }

  @Delete()
  @ApiOperation({
    summary: 'Cancel a replay',
    description:
      'It stays in the list, with its counts. Deliveries that it has requested are not called back. A completed replay cannot be cancelled ' +
      '(409, `replay_ended`).',
  })
  @ZodResponse({ status: 200, type: ReplayAnswer })
  cancel(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @ReplayId() replayId: string,
  ): Promise<ReplayAnswer> {
    return this.#decide(caller, boardId, replayId, 'cancel');
  }

  async #decide(
    caller: Caller,
    boardId: string,
    replayId: string,
    command: ReplayCommand,
  ): Promise<ReplayAnswer> {
    openBoard(await this.commands.load(aggregates.board, boardId));
    const decide = (state: typeof aggregates.replay.initial) => {
      if (requestedReplay(state).boardId !== boardId)
        throw new CommandRejected('not_found', 'replay_not_found', 'Replay not found.');
      return decideReplay(command, state);
    };
    const { state } = await this.commands.decide(caller, aggregates.replay, replayId, decide, 'replays');
    return replayAnswer(requestedReplay(state));
  }
}
