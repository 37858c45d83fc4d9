import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureHeaders } from './redaction.ts';

describe('captured headers', () => {
  it('keep their order, with names in lower case and secrets redacted', () => {
    const raw = [
      'Content-Type',
      'text/plain',
      'AUTHORIZATION',
      'Bearer x',
      'X-Sig',
      'abc',
      'x-a',
      '1',
      'X-A',
      '2',
    ];
    expect(captureHeaders(raw, ['x-sig'])).toEqual([
      ['content-type', 'text/plain'],
      ['authorization', '[redacted]'],
      ['x-sig', '[redacted]'],
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
  });
});

describe('redaction', () => {
  // Names as in the senders' documentation.
  it.each([
    ['Authorization', 'any client'],
    ['Proxy-Authorization', 'proxies'],
    ['X-Forwarded-Authorization', 'proxies'],
    ['X-Serverless-Authorization', 'Google Cloud Run'],
    ['X-Authorization', 'any client'],
    ['X-Authorization-Digest', 'Docusign'],
    ['Cookie', 'browsers'],
    ['X-Api-Key', 'many'],
    ['Api-Key', 'many'],
    ['apikey', 'Supabase'],
    ['DD-API-KEY', 'Datadog'],
    ['X-Goog-Api-Key', 'Google'],
    ['Ocp-Apim-Subscription-Key', 'Azure API Management'],
    ['X-Functions-Key', 'Azure Functions'],
    ['aeg-sas-key', 'Azure Event Grid'],
    ['aeg-sas-token', 'Azure Event Grid'],
    ['X-ZUMO-AUTH', 'Azure App Service'],
    ['X-Auth-Key', 'Cloudflare'],
    ['X-Auth-Token', 'many'],
    ['CF-Access-Client-Secret', 'Cloudflare Access'],
    ['CF-Access-Jwt-Assertion', 'Cloudflare Access'],
    ['X-Goog-Iap-Jwt-Assertion', 'Google IAP'],
    ['X-Amzn-Oidc-Data', 'AWS load balancers'],
    ['X-Amzn-Oidc-Accesstoken', 'AWS load balancers'],
    ['X-Amz-Security-Token', 'AWS'],
    ['X-Forwarded-Access-Token', 'oauth2-proxy'],
    ['X-Vercel-Oidc-Token', 'Vercel'],
    ['X-Vercel-Signature', 'Vercel'],
    ['X-Gitlab-Token', 'GitLab'],
    ['Private-Token', 'GitLab'],
    ['X-Webhook-Token', 'many'],
    ['X-Agent-Token', 'this product'],
    ['X-Buildkite-Token', 'Buildkite'],
    ['X-Buildkite-Signature', 'Buildkite'],
    ['X-Snipcart-RequestToken', 'Snipcart'],
    ['X-Telegram-Bot-Api-Secret-Token', 'Telegram'],
    ['X-Goog-Channel-Token', 'Google Drive'],
    ['X-Hook-Secret', 'Asana'],
    ['X-Hook-Signature', 'Asana'],
    ['X-Trello-Webhook', 'Trello'],
    ['X-RapidAPI-Proxy-Secret', 'RapidAPI'],
    ['X-Webhook-Secret', 'many'],
    ['X-Password', 'many'],
    ['X-Token-One-Time', 'nothing, but similar to a time'],
    ['X-CSRF-Token', 'browsers'],
    ['X-XSRF-TOKEN', 'browsers'],
    ['X-GitHub-OTP', 'GitHub'],
    ['X-Hub-Signature', 'GitHub, Meta, Intercom, Bitbucket'],
    ['X-Hub-Signature-256', 'GitHub'],
    ['Stripe-Signature', 'Stripe'],
    ['X-Slack-Signature', 'Slack'],
    ['X-Shopify-Hmac-Sha256', 'Shopify'],
    ['X-Shopify-Access-Token', 'Shopify'],
    ['X-WC-Webhook-Signature', 'WooCommerce'],
    ['webhook-signature', 'Standard Webhooks'],
    ['svix-signature', 'Svix'],
    ['X-Twilio-Signature', 'Twilio'],
    ['X-Twilio-Email-Event-Webhook-Signature', 'SendGrid'],
    ['PAYPAL-TRANSMISSION-SIG', 'PayPal'],
    ['x-square-hmacsha256-signature', 'Square'],
    ['HmacSignature', 'Adyen'],
    ['X-Zm-Signature', 'Zoom'],
    ['X-Signature-Ed25519', 'Discord'],
    ['X-Signature', 'Lemon Squeezy, ClickUp'],
    ['Linear-Signature', 'Linear'],
    ['X-Notion-Signature', 'Notion'],
    ['X-HubSpot-Signature', 'HubSpot'],
    ['X-HubSpot-Signature-v3', 'HubSpot'],
    ['Sentry-Hook-Signature', 'Sentry'],
    ['X-PagerDuty-Signature', 'PagerDuty'],
    ['X-Grafana-Alerting-Signature', 'Grafana'],
    ['X-Dropbox-Signature', 'Dropbox'],
    ['BOX-SIGNATURE-PRIMARY', 'Box'],
    ['BOX-SIGNATURE-SECONDARY', 'Box'],
    ['X-DocuSign-Signature-1', 'Docusign'],
    ['Typeform-Signature', 'Typeform'],
    ['Calendly-Webhook-Signature', 'Calendly'],
    ['X-Zendesk-Webhook-Signature', 'Zendesk'],
    ['Twitch-Eventsub-Message-Signature', 'Twitch'],
    ['Heroku-Webhook-Hmac-SHA256', 'Heroku'],
    ['Plaid-Verification', 'Plaid'],
    ['X-Line-Signature', 'LINE'],
    ['X-Xero-Signature', 'Xero'],
    ['X-Razorpay-Signature', 'Razorpay'],
    ['Cko-Signature', 'Checkout.com'],
    ['Signature', 'RFC 9421'],
  ])('keeps only the name of %s (%s)', (name) => {
    expect(captureHeaders([name, 'value'], [])).toEqual([[name.toLowerCase(), '[redacted]']]);
  });

  it.each([
    ['Content-Type', 'any client'],
    ['User-Agent', 'any client'],
    ['Date', 'any client'],
    ['Digest', 'RFC 3230'],
    ['Content-Digest', 'RFC 9530'],
    ['X-Amz-Content-Sha256', 'AWS'],
    ['X-Request-Id', 'many'],
    ['X-Correlation-Id', 'many'],
    ['Idempotency-Key', 'GitLab and many'],
    ['X-Idempotency-Key', 'many'],
    ['I-Twilio-Idempotency-Token', 'Twilio'],
    ['X-GitHub-Event', 'GitHub'],
    ['X-GitHub-Delivery', 'GitHub'],
    ['X-GitHub-Hook-ID', 'GitHub'],
    ['X-Gitlab-Event', 'GitLab'],
    ['X-Gitlab-Event-UUID', 'GitLab'],
    ['X-Event-Key', 'Bitbucket'],
    ['X-Hook-UUID', 'Bitbucket'],
    ['X-Request-UUID', 'Bitbucket'],
    ['X-Attempt-Number', 'Bitbucket'],
    ['X-Slack-Request-Timestamp', 'Slack'],
    ['X-Slack-Retry-Reason', 'Slack'],
    ['X-Shopify-Topic', 'Shopify'],
    ['X-Shopify-Webhook-Id', 'Shopify'],
    ['X-WC-Webhook-ID', 'WooCommerce'],
    ['webhook-id', 'Standard Webhooks'],
    ['webhook-timestamp', 'Standard Webhooks'],
    ['svix-timestamp', 'Svix'],
    ['X-Twilio-Email-Event-Webhook-Timestamp', 'SendGrid'],
    ['PAYPAL-AUTH-ALGO', 'PayPal'],
    ['PAYPAL-CERT-URL', 'PayPal'],
    ['PAYPAL-TRANSMISSION-ID', 'PayPal'],
    ['PAYPAL-TRANSMISSION-TIME', 'PayPal'],
    ['X-Zm-Request-Timestamp', 'Zoom'],
    ['X-Signature-Timestamp', 'Discord'],
    ['X-Signature-Version', 'many'],
    ['X-Signature-Algorithm', 'many'],
    ['X-Signature-Key-Id', 'many'],
    ['X-HubSpot-Signature-Version', 'HubSpot'],
    ['X-HubSpot-Request-Timestamp', 'HubSpot'],
    ['Sentry-Hook-Timestamp', 'Sentry'],
    ['Sentry-Hook-Resource', 'Sentry'],
    ['BOX-SIGNATURE-VERSION', 'Box'],
    ['BOX-SIGNATURE-ALGORITHM', 'Box'],
    ['BOX-DELIVERY-ID', 'Box'],
    ['BOX-DELIVERY-TIMESTAMP', 'Box'],
    ['X-Zendesk-Webhook-Signature-Timestamp', 'Zendesk'],
    ['X-Vercel-Proxy-Signature-Ts', 'Vercel'],
    ['X-Okta-Verification-Challenge', 'Okta'],
    ['X-Amz-Sns-Message-Type', 'Amazon SNS'],
    ['X-Amz-Sns-Message-Id', 'Amazon SNS'],
    ['X-Amz-Sns-Topic-Arn', 'Amazon SNS'],
    ['X-Goog-Channel-ID', 'Google Drive'],
    ['X-Goog-Channel-Expiration', 'Google Drive'],
    ['X-Goog-Message-Number', 'Google Drive'],
    ['X-Goog-Resource-ID', 'Google Drive'],
    ['X-Goog-Resource-State', 'Google Drive'],
    ['X-Goog-Authenticated-User-Email', 'Google IAP'],
    ['Ce-Id', 'CloudEvents'],
    ['Ce-Source', 'CloudEvents'],
    ['Ce-Type', 'CloudEvents'],
    ['Twitch-Eventsub-Message-Id', 'Twitch'],
    ['X-Razorpay-Event-Id', 'Razorpay'],
    ['Square-Initial-Delivery-Timestamp', 'Square'],
    ['Linear-Delivery', 'Linear'],
    ['X-Datadog-Trace-Id', 'Datadog'],
    ['CF-Access-Client-Id', 'Cloudflare Access'],
    ['CF-Connecting-IP', 'Cloudflare'],
    ['CF-Ray', 'Cloudflare'],
    ['X-Forwarded-For', 'proxies'],
    ['X-Forwarded-Proto', 'proxies'],
    ['X-Real-IP', 'proxies'],
    ['X-Amzn-Trace-Id', 'AWS load balancers'],
    ['X-Cloud-Trace-Context', 'Google Cloud'],
    ['traceparent', 'W3C Trace Context'],
    ['Sec-WebSocket-Key', 'browsers'],
    ['Signature-Input', 'RFC 9421'],
    ['X-Author', 'nothing, but similar to auth'],
    ['X-Keyboard', 'nothing, but similar to key'],
    ['X-Design', 'nothing, but similar to sig'],
  ])('keeps %s (%s)', (name) => {
    expect(captureHeaders([name, 'value'], [])).toEqual([[name.toLowerCase(), 'value']]);
  });
});

describe('a header with the delivery name', () => {
  it.each(['x-message-token', 'x-partition-key', 'x-session-id', 'sentry-hook-signature'])(
    'is kept if it was chosen: %s',
    (name) => {
      expect(captureHeaders([name, 'value'], [])).toEqual([[name, '[redacted]']]);
      const headers = [name.toUpperCase(), 'value', 'X-Other-Token', 'value'];
      expect(captureHeaders(headers, [], name)).toEqual([
        [name, 'value'],
        ['x-other-token', '[redacted]'],
      ]);
    },
  );

  it('is still redacted if the scheme reads it as a secret or the operator lists it', () => {
    expect(captureHeaders(['X-Id', 'value'], ['x-id'], 'x-id')).toEqual([['x-id', '[redacted]']]);
  });

  it.each(['authorization', 'cookie', 'x-api-key', 'x-gitlab-token', 'x-hook-secret', 'x-trello-webhook'])(
    'is still redacted if it is always secret: %s',
    (name) => {
      expect(captureHeaders([name, 'value'], [], name)).toEqual([[name, '[redacted]']]);
    },
  );
});

describe('redaction of any headers', () => {
  const inAnyCase = (name: string) =>
    fc
      .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
      .map((upper) => [...name].map((letter, n) => (upper[n] ? letter.toUpperCase() : letter)).join(''));
  const configured = ['x-mine', 'x-!#$', 'from'];
  const secretNames = [
    ...configured,
    'authorization',
    'proxy-authorization',
    'cookie',
    'x-api-key',
    'x-gitlab-token',
    'x-hub-signature-256',
    'stripe-signature',
    'x-auth-token',
    'my_secret_header',
    'paypal-transmission-sig',
    'x-signature-ed25519',
  ];
  const plainNames = [
    'content-type',
    'x-github-event',
    'user-agent',
    'x-mine-too',
    '__proto__',
    'host',
    'x-signature-timestamp',
    'idempotency-key',
    'x-chosen-token',
  ];
  const value = fc.string({ unit: 'binary-ascii' });
  const header = fc.oneof(
    fc.record({ secret: fc.constant(true), name: fc.constantFrom(...secretNames).chain(inAnyCase), value }),
    fc.record({ secret: fc.constant(false), name: fc.constantFrom(...plainNames).chain(inAnyCase), value }),
  );

  it('keeps names, order and values that are not secret, and no secret value', () => {
    fc.assert(
      fc.property(fc.array(header), (headers) => {
        const raw = headers.flatMap(({ name, value }) => [name, value]);
        expect(captureHeaders(raw, configured, 'x-chosen-token')).toEqual(
          headers.map(({ secret, name, value }) => [name.toLowerCase(), secret ? '[redacted]' : value]),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
