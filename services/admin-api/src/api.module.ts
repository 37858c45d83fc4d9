import { type DynamicModule, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ZodSerializerInterceptor } from 'nestjs-zod';
import { BoardLead } from './agents/board-lead.ts';
import { CreateAgent } from './agents/create-agent.ts';
import { DeleteAgent } from './agents/delete-agent.ts';
import { IssueAgentToken } from './agents/issue-agent-token.ts';
import { UpdateAgent } from './agents/update-agent.ts';
import { CreateBoard } from './boards/create-board.ts';
import { DeleteBoard } from './boards/delete-board.ts';
import { LeftMembers } from './boards/left-members.ts';
import { SlugReservations } from './boards/slug-reservations.ts';
import { UpdateBoard } from './boards/update-board.ts';
import { CreateGateway } from './gateways/create-gateway.ts';
import { DeleteGateway } from './gateways/delete-gateway.ts';
import { UpdateGateway } from './gateways/update-gateway.ts';
import { Health, Needs } from './health/health.ts';
import { AddMemoryEntry, AddMemoryEntryAsAgent, BoardMemory } from './memory/add-memory-entry.ts';
import { Settings } from './settings.ts';
import { Commands } from './stores/commands.ts';
import { Stores } from './stores/stores.ts';
import { CreateWebhook } from './webhooks/create-webhook.ts';
import { DeleteWebhook } from './webhooks/delete-webhook.ts';
import { UpdateWebhook } from './webhooks/update-webhook.ts';

/** What the use cases are given from outside. */
export interface Outside {
  readonly stores: Stores;
  readonly settings: Settings;
  readonly needs: Needs;
}

/** Every use case of this service. */
@Module({
  controllers: [
    Health,
    CreateGateway,
    UpdateGateway,
    DeleteGateway,
    CreateBoard,
    UpdateBoard,
    DeleteBoard,
    CreateAgent,
    UpdateAgent,
    DeleteAgent,
    IssueAgentToken,
    CreateWebhook,
    UpdateWebhook,
    DeleteWebhook,
    AddMemoryEntry,
    AddMemoryEntryAsAgent,
  ],
  providers: [
    // Answers hold what their schema names and nothing else.
    { provide: APP_INTERCEPTOR, useClass: ZodSerializerInterceptor },
    Commands,
    SlugReservations,
    LeftMembers,
    BoardLead,
    BoardMemory,
  ],
})
export class ApiModule {
  static with({ stores, settings, needs }: Outside): DynamicModule {
    return {
      module: ApiModule,
      providers: [
        { provide: Stores, useValue: stores },
        { provide: Settings, useValue: settings },
        { provide: Needs, useValue: needs },
      ],
    };
  }
}
