import type { DeliveryReference } from '@mission-control/contracts';
import { deliveryPattern, LaneContext } from '@mission-control/messaging';
import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { AgentTeller } from './agent-teller.ts';

/** Receives the references from the lanes. */
@Controller()
export class DeliveriesController {
  readonly #teller: AgentTeller;

  constructor(@Inject(AgentTeller) teller: AgentTeller) {
    this.#teller = teller;
  }

  @MessagePattern(deliveryPattern)
  deliver(@Payload() reference: DeliveryReference, @Ctx() context: LaneContext): Promise<void> {
    return this.#teller.tell(reference, context.signal);
  }
}
