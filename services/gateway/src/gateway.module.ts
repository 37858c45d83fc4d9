import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController, type IsReady, isReadyToken } from './health/health.controller.ts';

@Module({})
class GatewayModule {}

/** The part of the gateway that Nest runs. Ingest and forwarding use the underlying server directly. */
export const gatewayModule = (isReady: IsReady): DynamicModule => ({
  module: GatewayModule,
  controllers: [HealthController],
  providers: [{ provide: isReadyToken, useValue: isReady }],
});
