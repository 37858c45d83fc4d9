import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController, type IsReady, isReadyToken } from './health/health.controller.ts';

@Module({})
class GatewayModule {}

/** What of the gateway Nest carries. Ingest and forwarding stand on the server under it. */
export const gatewayModule = (isReady: IsReady): DynamicModule => ({
  module: GatewayModule,
  controllers: [HealthController],
  providers: [{ provide: isReadyToken, useValue: isReady }],
});
