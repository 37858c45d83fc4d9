import { settingsTable } from '../webhook-settings.ts';

/** What entries about payloads depend on. The table is named for the first setting that it had. */
export const settings = settingsTable('webhook_instructions', [
  'description',
  'event_type',
  'message_fields',
  'message_template',
]);
