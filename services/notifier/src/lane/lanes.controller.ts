import { LaneContext, lanePattern } from '@mission-control/messaging';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { Lanes } from './lanes.ts';

/** Called once for each ownership of a lane. */
@Controller()
export class LanesController {
  readonly #lanes: Lanes;

  constructor(@Inject(Lanes) lanes: Lanes) {
    this.#lanes = lanes;
  }

  @MessagePattern(lanePattern)
  serve(@Ctx() context: LaneContext): Promise<void> {
    return this.#lanes.serve(context);
  }
}
