import type { Metrics } from './metrics.ts';

/** Counts secrets that could not be decrypted. The counter is shown from 0. @returns counts one more */
export const countUnreadableSecrets = (
  meter: Metrics['meter'],
  kind: 'webhook_secret' | 'openclaw_gateway_token',
): (() => void) => {
  const unreadable = meter.createCounter('mission_control.secrets.unreadable', {
    description: 'Secrets that could not be decrypted.',
    unit: '{secret}',
  });
  unreadable.add(0, { kind });
  return () => unreadable.add(1, { kind });
};
