import { aggregates } from '@mission-control/aggregates';
import { CommandRejected } from '@mission-control/domain';
import type { Commands } from '../stores/commands.ts';

/** @throws CommandRejected when the OpenClaw gateway does not exist */
export const requireOpenclawGateway = async (
  commands: Commands,
  gatewayId: string | null | undefined,
): Promise<void> => {
  if (!gatewayId) return;
  const gateway = await commands.load(aggregates.openclawGateway, gatewayId);
  if (gateway.status !== 'active') {
    throw new CommandRejected('invalid', 'unknown_gateway', `There is no OpenClaw gateway ${gatewayId}.`);
  }
};
