import { describe, expect, it } from 'vitest';
import { renameSettings, webhookDefaults, webhookSettingSchemas } from './webhook-settings.ts';

describe('the defaults of webhook settings', () => {
  it('never change, because stored events without a setting mean them', () => {
    expect(webhookDefaults).toMatchObject({
      timestampToleranceSeconds: 300,
      allowedIps: [],
      dedupe: 'scheme',
      dedupeDiffering: 'same',
      dedupeWindowSeconds: 604_800,
      contentEncodings: [],
      retryFailedRuns: 0,
      receipt: 'on_request',
      encryptContent: null,
      eventType: 'scheme',
      messageFields: [],
      messageTemplate: null,
      notifyWhen: null,
      ignoreActors: [],
      actor: null,
      maxToldPerMinute: null,
      delivery: 'active',
    });
  });

  it.each(Object.entries(webhookSettingSchemas))(
    'has a valid value for %s exactly if events may lack it',
    (name, schema) => {
      const defaults: Record<string, unknown> = webhookDefaults;
      expect(name in defaults).toBe(schema.safeParse(undefined).success);
      if (name in defaults) expect(schema.safeParse(defaults[name])).toMatchObject({ success: true });
    },
  );
});

describe('the names of webhook settings', () => {
  const given = { agentId: null, dedupeWindowSeconds: 60, contentEncodings: ['gzip'] } as const;

  it('differ in events, in the API and in rows', () => {
    expect(renameSettings(given, 'event', 'api')).toEqual({
      agent_id: null,
      dedupe_window: 60,
      content_encodings: ['gzip'],
    });
    const columns = renameSettings(given, 'event', 'column');
    expect(columns).toEqual({ agent_id: null, dedupe_window_seconds: 60, content_encodings: ['gzip'] });
    expect(renameSettings(columns, 'column', 'event')).toEqual(given);
  });

  it('are unique', () => {
    const names = Object.keys(webhookSettingSchemas);
    const valued = Object.fromEntries(names.map((name) => [name, name]));
    for (const form of ['api', 'column'] as const) {
      expect(Object.values(renameSettings(valued, 'event', form))).toEqual(names);
    }
  });

  it('are not given to settings that are undefined, or to anything else', () => {
    const secret = 'is not in rows or answers';
    const renamed = renameSettings({ ...given, enabled: undefined, secret } as object, 'event', 'api');
    expect(Object.keys(renamed).sort()).toEqual(['agent_id', 'content_encodings', 'dedupe_window']);
  });
});
