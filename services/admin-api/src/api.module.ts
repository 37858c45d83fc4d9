import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ZodSerializerInterceptor } from 'nestjs-zod';
import { ReadPayloadAsAgent } from './agent-api/read-payload-as-agent.ts';
import { SearchPayloadsAsAgent } from './agent-api/search-payloads-as-agent.ts';
import { WhoAmI } from './agent-api/who-am-i.ts';
import { BoardLead } from './agents/board-lead.ts';
import { CreateAgent } from './agents/create-agent.ts';
import { DeleteAgent } from './agents/delete-agent.ts';
import { GetAgent } from './agents/get-agent.ts';
import { IssueAgentToken } from './agents/issue-agent-token.ts';
import { ListAgents } from './agents/list-agents.ts';
import { UpdateAgent } from './agents/update-agent.ts';
import { ExportAudit } from './audit/export/export-audit.ts';
import { GetAuditEvent } from './audit/get-audit-event.ts';
import { ListAuditEvents } from './audit/list-audit-events.ts';
import { LogPoints } from './audit/log-points.ts';
import { Past } from './audit/past.ts';
import { MerkleLog } from './audit/proofs/merkle-log.ts';
import { ProveConsistency } from './audit/proofs/prove-consistency.ts';
import { ProvePayload } from './audit/proofs/prove-payload.ts';
import { ShowCheckpoint } from './audit/proofs/show-checkpoint.ts';
import { Removals } from './audit/removals.ts';
import { ShowAuditTrail } from './audit/show-audit-trail.ts';
import { VerifyAudit } from './audit/verify/verify-audit.ts';
import { CreateBoard } from './boards/create-board.ts';
import { DeleteBoard } from './boards/delete-board.ts';
import { DeletedMembers } from './boards/deleted-members.ts';
import { GetBoard } from './boards/get-board.ts';
import { ListBoards } from './boards/list-boards.ts';
import { SlugReservations } from './boards/slug-reservations.ts';
import { UpdateBoard } from './boards/update-board.ts';
import { Health, Needs } from './health/health.ts';
import { AgentHistory } from './history/agent-history.ts';
import { BoardHistory } from './history/board-history.ts';
import { Histories } from './history/histories.ts';
import { OpenclawGatewayHistory } from './history/openclaw-gateway-history.ts';
import { PayloadHistory } from './history/payload-history.ts';
import { WebhookHistory } from './history/webhook-history.ts';
import { AddMemoryEntry, AddMemoryEntryAsAgent, BoardMemory } from './memory/add-memory-entry.ts';
import { FollowMemory } from './memory/follow-memory.ts';
import { ListMemory, ListMemoryAsAgent } from './memory/list-memory.ts';
import { PruneMemory } from './memory/prune-memory.ts';
import { CheckOpenclawGateway, OpenclawGatewayProbe } from './openclaw-gateways/check-openclaw-gateway.ts';
import { CreateOpenclawGateway } from './openclaw-gateways/create-openclaw-gateway.ts';
import { DeleteOpenclawGateway } from './openclaw-gateways/delete-openclaw-gateway.ts';
import { GetOpenclawGateway } from './openclaw-gateways/get-openclaw-gateway.ts';
import { ListOpenclawGateways } from './openclaw-gateways/list-openclaw-gateways.ts';
import { UpdateOpenclawGateway } from './openclaw-gateways/update-openclaw-gateway.ts';
import { DeletePayload } from './payloads/delete-payload.ts';
import { EraseContent } from './payloads/erase-content.ts';
import { GetPayload } from './payloads/get-payload.ts';
import { ListDeliveries } from './payloads/list-deliveries.ts';
import { ListPayloads } from './payloads/list-payloads.ts';
import { PayloadTimeline } from './payloads/payload-timeline.ts';
import { RawBodies } from './payloads/raw-bodies.ts';
import { ReadRawArrival } from './payloads/read-raw-arrival.ts';
import { ReadRawPayload } from './payloads/read-raw-payload.ts';
import { RedeliverPayload } from './payloads/redeliver-payload.ts';
import { ShowTimeline } from './payloads/show-timeline.ts';
import { ListProjections } from './projections/list-projections.ts';
import { ProjectionStates } from './projections/projection-states.ts';
import { RebuildProjection } from './projections/rebuild-projection.ts';
import { ReadByLink } from './read-links/read-by-link.ts';
import { ReadLinkUses } from './read-links/read-link-uses.ts';
import { GetReceiptKey } from './receipts/get-receipt-key.ts';
import { ListReceiptKeys } from './receipts/list-receipt-keys.ts';
import { ReceiptKeys } from './receipts/receipt-keys.ts';
import { ListBoardRejections } from './rejections/list-board-rejections.ts';
import { ListRejections } from './rejections/list-rejections.ts';
import { ChangeReplay } from './replays/change-replay.ts';
import { CreateBoardReplay, CreateWebhookReplay } from './replays/create-replay.ts';
import { ListBoardReplays, ListWebhookReplays } from './replays/list-replays.ts';
import { ReplayRequests } from './replays/replay-requests.ts';
import { ShowReplay } from './replays/show-replay.ts';
import { Settings } from './settings.ts';
import { Commands } from './stores/commands.ts';
import { Reads } from './stores/reads.ts';
import { Stores } from './stores/stores.ts';
import { CreateWebhook } from './webhooks/create-webhook.ts';
import { DeleteWebhook } from './webhooks/delete-webhook.ts';
import { GetWebhook } from './webhooks/get-webhook.ts';
import { ListWebhooks } from './webhooks/list-webhooks.ts';
import { PreviewMessage } from './webhooks/preview/preview-message.ts';
import { RotateSecret } from './webhooks/rotate-secret.ts';
import { SimulateSettings } from './webhooks/simulate/simulate-settings.ts';
import { TestWebhook } from './webhooks/test-delivery/test-webhook.ts';
import { UpdateWebhook } from './webhooks/update-webhook.ts';

/** What the use cases need from outside. */
export interface Outside {
  readonly stores: Stores;
  readonly reads: Reads;
  readonly openclawGatewayProbe: OpenclawGatewayProbe;
  readonly settings: Settings;
  readonly needs: Needs;
}

/** Every use case of this service. */
@Module({
  controllers: [
    CreateOpenclawGateway,
    ListOpenclawGateways,
    GetOpenclawGateway,
    UpdateOpenclawGateway,
    DeleteOpenclawGateway,
    CheckOpenclawGateway,
    CreateBoard,
    ListBoards,
    GetBoard,
    UpdateBoard,
    DeleteBoard,
    CreateAgent,
    ListAgents,
    GetAgent,
    UpdateAgent,
    DeleteAgent,
    IssueAgentToken,
    CreateWebhook,
    ListWebhooks,
    GetWebhook,
    UpdateWebhook,
    DeleteWebhook,
    RotateSecret,
    TestWebhook,
    PreviewMessage,
    SimulateSettings,
    ListPayloads,
    GetPayload,
    ReadRawPayload,
    ReadRawArrival,
    ShowTimeline,
    RedeliverPayload,
    DeletePayload,
    EraseContent,
    ListDeliveries,
    CreateWebhookReplay,
    ListWebhookReplays,
    CreateBoardReplay,
    ListBoardReplays,
    ShowReplay,
    ChangeReplay,
    ListRejections,
    ListBoardRejections,
    AddMemoryEntry,
    ListMemory,
    FollowMemory,
    PruneMemory,
    WhoAmI,
    ReadPayloadAsAgent,
    SearchPayloadsAsAgent,
    ReadByLink,
    AddMemoryEntryAsAgent,
    ListMemoryAsAgent,
    ListProjections,
    RebuildProjection,
    ListAuditEvents,
    GetAuditEvent,
    ShowAuditTrail,
    BoardHistory,
    AgentHistory,
    OpenclawGatewayHistory,
    WebhookHistory,
    PayloadHistory,
    ListReceiptKeys,
    GetReceiptKey,
    ExportAudit,
    VerifyAudit,
    ShowCheckpoint,
    ProveConsistency,
    ProvePayload,
    Health,
  ],
  providers: [
    // Responses contain only the fields that their schema names.
    { provide: APP_INTERCEPTOR, useClass: ZodSerializerInterceptor },
    Commands,
    LogPoints,
    Past,
    Removals,
    Histories,
    SlugReservations,
    DeletedMembers,
    BoardLead,
    BoardMemory,
    PayloadTimeline,
    ReplayRequests,
    RawBodies,
    ReadLinkUses,
    ProjectionStates,
    ReceiptKeys,
    MerkleLog,
  ],
})
class ApiModule {}

export const apiModule = ({
  stores,
  reads,
  openclawGatewayProbe,
  settings,
  needs,
}: Outside): DynamicModule => ({
  module: ApiModule,
  providers: [
    { provide: Stores, useValue: stores },
    { provide: Reads, useValue: reads },
    { provide: OpenclawGatewayProbe, useValue: openclawGatewayProbe },
    { provide: Settings, useValue: settings },
    { provide: Needs, useValue: needs },
  ],
});
