import { assertNever, deliveryTypesExcept, type EventType, isEvent } from '@mission-control/contracts';
import { afterAgentAdded, afterAgentDeleted, afterWebhookAdded } from './abandoned/give-up.ts';
import { afterOpenclawGatewayDeleted } from './deletion/delete-openclaw-gateway.ts';
import { afterWebhookDeleted } from './deletion/delete-webhook.ts';
import type { Duty, Occasion } from './duty.ts';
import { afterPayloadDeleted, afterPayloadsExpired } from './removing/payloads-removed.ts';
import type { Scope } from './resuming/boards-in-scope.ts';
import { afterConfigurationChanged } from './resuming/configuration-changed.ts';
import { afterPausedDelivery, afterWebhookResumed } from './resuming/delivery-resumed.ts';
import { afterOpenclawGatewayAvailable } from './resuming/openclaw-gateway-available.ts';
import { afterRunFailed } from './retrying/run-failed.ts';
import { afterVerificationRequested } from './verifying/verification-requested.ts';

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
  'OpenclawGatewayAvailable',
  'OpenclawGatewayDeleted',
  'WebhookPayloadsExpired',
  'WebhookPayloadDeleted',
  'AuditVerificationRequested',
  ...deliveryTypesExcept(
    'RedeliveryRequested',
    'DeliveryAttempted',
    'DeliveryAttemptFailed',
    'AgentTold',
    'MessageSent',
    'MessageConfirmed',
    'MessageLost',
    'DeliveryOutcomeUnknown',
    'DeliveryFailed',
    'DeliveryCoalesced',
    'DeliveryFiltered',
    'DeliveryFilterFailed',
  ),
] as const satisfies readonly EventType[];

/** Times that duties depend on. */
export interface DutyTimes {
  /** A parked payload younger than this resumes. */
  readonly resumeMaxAgeSeconds: number;
  /** How long after the end of a failed run the payload is delivered again. */
  readonly retryDelayMs: number;
}

/** The duties that a fact demands. */
export const dutiesAfter = (occasion: Occasion, { resumeMaxAgeSeconds, retryDelayMs }: DutyTimes): Duty[] => {
  if (!isEvent(occasion, ...occasions)) return [];
  const resume = (scope: Scope) => afterConfigurationChanged(occasion, scope, resumeMaxAgeSeconds);
  switch (occasion.type) {
    case 'WebhookDeleted':
      return [afterWebhookDeleted(occasion, occasion.data)];
    case 'WebhookAddedToBoard':
      return [afterWebhookAdded(occasion, occasion.data)];
    case 'WebhookUpdated':
      return [
        ...(occasion.data.agentId === undefined ? [] : [resume({ boardId: occasion.data.boardId })]),
        ...afterWebhookResumed(occasion, occasion.data),
      ];
    case 'DeliveryParked':
      return afterPausedDelivery(occasion, occasion.data);
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
    case 'OpenclawGatewayAvailable':
      return [afterOpenclawGatewayAvailable(occasion, occasion.data, resumeMaxAgeSeconds)];
    case 'OpenclawGatewayDeleted':
      return [afterOpenclawGatewayDeleted(occasion, occasion.data)];
    case 'WebhookPayloadsExpired':
      return [afterPayloadsExpired(occasion, occasion.data)];
    case 'WebhookPayloadDeleted':
      return [afterPayloadDeleted(occasion, occasion.data)];
    case 'AuditVerificationRequested':
      return [afterVerificationRequested(occasion, occasion.data)];
    case 'AgentRunEnded':
      return afterRunFailed(occasion, occasion.data, retryDelayMs);
    default:
      return assertNever(occasion);
  }
};
