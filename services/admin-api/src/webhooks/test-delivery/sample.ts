import type { SignatureScheme } from '@mission-control/contracts';

/** What a sender of the scheme might send; nobody acts on it, as it says what it is. */
export interface Sample {
  /** Lower case; besides those of the signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const text = 'This is a test delivery from Mission Control. Nothing happened.';

const sample = (body: object, headers: Record<string, string> = {}): Sample => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body, null, 2)),
});

/**
 * A sample in the shape of the scheme's vendor, named anew each time, so that it is no repeat of an earlier one.
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
