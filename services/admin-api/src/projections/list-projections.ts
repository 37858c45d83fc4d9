import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { ProjectionList } from './projection-answer.ts';
import { ProjectionStates } from './projection-states.ts';

@ApiTags('Projections')
@Controller('api/v1/projections')
export class ListProjections {
  constructor(private readonly states: ProjectionStates) {}

  @Get()
  @ApiOperation({
    summary: 'List the projections',
    description: 'With the build that is read, how far it is behind the log, and the progress of a rebuild.',
  })
  @ZodResponse({ status: 200, type: ProjectionList })
  async list(): Promise<ProjectionList> {
    return { items: await this.states.list() };
  }
}
