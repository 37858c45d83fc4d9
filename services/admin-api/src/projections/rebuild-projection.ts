import { aggregates } from '@mission-control/aggregates';
import { decideCancelRebuild, decideRebuild, RebuildRunning } from '@mission-control/domain';
import { ApiError } from '@mission-control/runtime';
import { Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';
import { ProjectionAnswer } from './projection-answer.ts';
import { ProjectionStates } from './projection-states.ts';

@ApiTags('Projections')
@Controller('api/v1/projections/:name/rebuild')
export class RebuildProjection {
  constructor(
    private readonly commands: Commands,
    private readonly states: ProjectionStates,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Rebuild a projection',
    description:
      'Fills a new build from the first event while the live one is read, and switches to it when it has caught up. Agents are told nothing. ' +
      'Rejected (409 `rebuild_running`, with the progress in `rebuild`) while a rebuild of this projection is running.',
  })
  @ZodResponse({ status: 202, type: ProjectionAnswer })
  async request(@CallerOf() caller: Caller, @Param('name') name: string): Promise<ProjectionAnswer> {
    this.states.require(name);
    const highest = await this.states.highestBuild(name);
    try {
      await this.commands.decideOnly(caller, aggregates.rebuilds, name, (state) =>
        decideRebuild(state, name, 'request', highest),
      );
    } catch (error) {
      if (!(error instanceof RebuildRunning)) throw error;
      const rebuild = await this.states.progressOf(name, error.running);
      throw new ApiError(409, error.code, error.message, { extra: { rebuild } });
    }
    return this.states.one(name);
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({
    summary: 'Cancel a rebuild',
    description: 'Drops the build that is being filled. 404 `rebuild_not_found` if none is running.',
  })
  @ApiNoContentResponse()
  async cancel(@CallerOf() caller: Caller, @Param('name') name: string): Promise<void> {
    this.states.require(name);
    await this.commands.decideOnly(caller, aggregates.rebuilds, name, (state) =>
      decideCancelRebuild(state, name),
    );
  }
}
