import { settingsTable } from '../webhook-settings.ts';

/** What rows of payloads depend on, apart from their events. */
export const settings = settingsTable('payloads_webhook_settings', ['event_type']);
