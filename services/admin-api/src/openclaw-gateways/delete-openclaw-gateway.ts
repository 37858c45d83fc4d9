import { aggregates } from '@mission-control/aggregates';
import { CommandRejected, decideOpenclawGateway } from '@mission-control/domain';
import { countBoardsOfGateway } from '@mission-control/read-models';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Deleted } from '../http/pages.ts';
import { OpenclawGatewayId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';

@ApiTags('Gateways')
@Controller('api/v1/gateways/:gateway_id')
export class DeleteOpenclawGateway {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  @Delete()
  @ApiOperation({
    operationId: 'DeleteGateway_delete',
    summary: 'Delete an OpenClaw gateway',
    description: 'Rejected (409) while boards use it.',
  })
  @ZodResponse({ status: 200, type: Deleted })
  async delete(@CallerOf() caller: Caller, @OpenclawGatewayId() gatewayId: string): Promise<Deleted> {
    await this.commands.decide(caller, aggregates.openclawGateway, gatewayId, async (state) => {
      const facts = decideOpenclawGateway({ type: 'DeleteOpenclawGateway' }, state);
      await this.#rejectWhileInUse(gatewayId);
      return facts;
    });
    return { ok: true };
  }

  /** Does not see a board that chooses the OpenClaw gateway at this very moment. Deliveries to its agents are then parked. */
  async #rejectWhileInUse(gatewayId: string): Promise<void> {
    const boards = await countBoardsOfGateway(this.reads.db, gatewayId);
    if (boards === 0) return;
    throw new CommandRejected(
      'conflict',
      'gateway_in_use',
      `${boards === 1 ? '1 board uses' : `${boards} boards use`} this OpenClaw gateway. Set their gateway_id to another one or null, and try again.`,
    );
  }
}
