import { signalsOf } from './signals.ts';

/**
 * Starts the SDK for this process if a variable turns something on. Otherwise the SDK is not even loaded.
 *
 * @param service its name in what is exported, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says another one
 */
export const startTelemetry = async (service: string): Promise<void> => {
  const signals = signalsOf(process.env);
  if (!signals) return;
  const { startSdk } = await import('./start-sdk.ts');
  startSdk(service, signals);
};
