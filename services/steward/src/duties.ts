import { assertNever, deliveryTypesExcept, type EventType, isEvent } from '@mission-control/contracts';
import { afterAgentAdded, afterAgentDeleted, afterWebhookAdded } from './abandoned/give-up.ts';
import { afterWebhookDeleted } from './deletion/delete-webhook.ts';
import type { Duty, Occasion } from './duty.ts';
import { afterConfigurationChanged } from './resuming/configuration-changed.ts';
import type { Scope } from './resuming/resume-parked.ts';
import type { UnavailableGateways } from './resuming/unavailable-gateways.ts';

/** The event types that demand a duty, for the filter of the subscription. */
export const occasions = [
  'WebhookDeleted',
  'WebhookAddedToBoard',
  'WebhookUpdated',
  'AgentAddedToBoard',
  'AgentUpdated',
  'AgentDeleted',
  'BoardLeadChanged',
  'BoardUpdated',
  'OpenclawGatewayUpdated',
  ...deliveryTypesExcept(
    'RedeliveryRequested',
    'DeliveryAttempted',
    'DeliveryAttemptFailed',
    'AgentTold',
    'DeliveryFailed',
  ),
] as const satisfies readonly EventType[];

/** The duties that a fact demands. */
export const dutiesAfter = (
  occasion: Occasion,
  resumeMaxAgeSeconds: number,
  unavailable: UnavailableGateways,
): Duty[] => {
  if (!isEvent(occasion, ...occasions)) return [];
  const resume = (scope: Scope) => afterConfigurationChanged(occasion, scope, resumeMaxAgeSeconds);
  switch (occasion.type) {
    case 'WebhookDeleted':
      return [afterWebhookDeleted(occasion, occasion.data)];
    case 'WebhookAddedToBoard':
      return [afterWebhookAdded(occasion, occasion.data)];
    case 'WebhookUpdated':
      return occasion.data.agentId === undefined ? [] : [resume({ boardId: occasion.data.boardId })];
    case 'AgentAddedToBoard':
      return [
        afterAgentAdded(occasion, occasion.data),
        ...(occasion.data.isLead ? [resume({ boardId: occasion.data.boardId })] : []),
      ];
    case 'AgentUpdated':
      return occasion.data.openclawSessionId ? [resume({ agentId: occasion.data.agentId })] : [];
    case 'AgentDeleted':
      return [afterAgentDeleted(occasion, occasion.data)];
    case 'BoardLeadChanged':
      return occasion.data.leadAgentId ? [resume({ boardId: occasion.data.boardId })] : [];
    case 'BoardUpdated':
      return occasion.data.gatewayId ? [resume({ boardId: occasion.data.boardId })] : [];
    case 'OpenclawGatewayUpdated':
      return [resume({ gatewayId: occasion.data.gatewayId })];
    case 'DeliveryParked':
      return unavailable.after(occasion, occasion.data, resumeMaxAgeSeconds);
    default:
      return assertNever(occasion);
  }
};
