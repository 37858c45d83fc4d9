import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { Commands } from '../../stores/commands.ts';
import { newestCheckpoint, signedCheckpoint } from './proofs.ts';

class CheckpointAnswer extends createZodDto(signedCheckpoint) {}

@ApiTags('Audit')
@Controller('api/v1/audit/checkpoint')
export class ShowCheckpoint {
  constructor(private readonly commands: Commands) {}

  @Get()
  @ApiOperation({
    summary: 'Show the newest signed checkpoint of the Merkle log',
    description:
      'Whoever keeps it elsewhere can show later whether the history before it was changed. 404 `checkpoint_not_found` until the first one is signed.',
  })
  @ZodResponse({ status: 200, type: CheckpointAnswer })
  show(): Promise<CheckpointAnswer> {
    return newestCheckpoint(this.commands.store);
  }
}
