import { aggregates } from '@mission-control/aggregates';
import { decideOpenclawGateway } from '@mission-control/domain';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Deleted } from '../http/pages.ts';
import { GatewayId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class DeleteGateway {
  constructor(private readonly commands: Commands) {}

  @Delete()
  @ApiOperation({
    summary: 'Delete an OpenClaw gateway',
    description:
      'Boards that use it keep its id; what arrives for their agents is parked until they name another one.',
  })
  @ZodResponse({ status: 200, type: Deleted })
  async delete(@CallerOf() caller: Caller, @GatewayId() gatewayId: string): Promise<Deleted> {
    await this.commands.decide(caller, aggregates.openclawGateway, gatewayId, (state) =>
      decideOpenclawGateway({ type: 'DeleteOpenclawGateway' }, state),
    );
    return { ok: true };
  }
}
