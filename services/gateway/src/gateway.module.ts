import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController, type IsReady, isReadyToken } from './health/health.controller.ts';

/** What of the gateway Nest carries. Ingest and forwarding stand on the server under it. */
@Module({})
export class GatewayModule {
  static with(isReady: IsReady): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [HealthController],
      providers: [{ provide: isReadyToken, useValue: isReady }],
    };
  }
}
