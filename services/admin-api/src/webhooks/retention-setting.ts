import type { WebhookSettingsIn } from '@mission-control/contracts';
import { z } from 'zod';

/** A hundred years, and more payloads than a webhook can have in that time: whoever sets these keeps everything. */
const mostDays = 36_500;
const mostPayloads = 1_000_000_000;

const limit = (most: number) => {
  const error = { error: `must be null or a whole number from 1 to ${most}` };
  return z.union([z.int(error).min(1, error).max(most, error), z.null()], error);
};

/** What admins send. A member that is left out does not change. */
export const retentionInput = z
  .strictObject({
    max_age_days: limit(mostDays).describe('Days that a payload is kept after its first arrival.'),
    max_payloads: limit(mostPayloads).describe('How many payloads are kept: the newest.'),
  })
  .partial()
  .describe(
    'How long payloads are kept. null: the default of the installation (WEBHOOK_RETENTION_MAX_AGE_DAYS, WEBHOOK_RETENTION_MAX_PAYLOADS), ' +
      'which is for ever unless it is set. A PATCH leaves a member that it does not name unchanged.',
  );

/** What admins see. */
export const retentionOutput = z
  .object({ max_age_days: z.int().nullable(), max_payloads: z.int().nullable() })
  .describe('How long payloads are kept. null: the default of the installation.');

type Api = WebhookSettingsIn['api'];

/** The settings behind the members of `retention`. undefined: not given. */
export const flatRetention = (retention: z.output<typeof retentionInput> | undefined) => ({
  retention_max_age_days: retention?.max_age_days,
  retention_max_payloads: retention?.max_payloads,
});

/** All settings, with the retention as one object. */
export const withNestedRetention = ({ retention_max_age_days, retention_max_payloads, ...others }: Api) => ({
  ...others,
  retention: { max_age_days: retention_max_age_days, max_payloads: retention_max_payloads },
});
