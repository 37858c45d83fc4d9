import type { SignatureScheme } from '@mission-control/contracts';

/** What a sender of the scheme might send. The text says that it is a test, so that no agent acts on it. */
export interface Sample {
  /** Lower case; without the headers of the signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const text = 'This is a test delivery from Mission Control. Nothing happened.';

const sample = (body: object, headers: Record<string, string> = {}): Sample => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body, null, 2)),
});

/**
 * A sample in the format of the scheme's vendor. Its delivery name is new each time, so that it is not a repeat of an earlier
 * sample.
 *
 * @param deliveryId a UUID
 * @param now milliseconds since 1970
 */
export const sampleOf = (scheme: SignatureScheme, deliveryId: string, now: number): Sample => {
  const seconds = Math.floor(now / 1000);
  const plainId = deliveryId.replaceAll('-', '');
  switch (scheme) {
    case 'github':
      return sample({ zen: text, hook_id: 0 }, { 'x-github-event': 'ping' });
    case 'stripe':
      return sample({
        id: `evt_test_${plainId}`,
        object: 'event',
        type: 'mission_control.test',
        created: seconds,
        livemode: false,
        data: { object: { description: text } },
      });
    case 'slack':
      return sample({
        type: 'event_callback',
        event_id: `Ev${plainId}`,
        event_time: seconds,
        event: { type: 'app_mention', text, ts: `${seconds}.000000` },
      });
    case 'gitlab':
      return sample({ object_kind: 'test', message: text }, { 'x-gitlab-event': 'Test Hook' });
    case 'shopify':
      return sample({ test: true, message: text }, { 'x-shopify-topic': 'mission_control/test' });
    case 'standard-webhooks':
      return sample({
        type: 'mission_control.test',
        timestamp: new Date(now).toISOString(),
        data: { message: text },
      });
    case 'hmac':
    case 'token':
    case 'none':
      return sample({ event: 'test', id: deliveryId, message: text });
  }
};
