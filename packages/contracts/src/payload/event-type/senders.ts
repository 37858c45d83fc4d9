import type { SignatureScheme } from '../../events/webhook-settings.ts';
import { type EventTypePart, partsOfSetting } from './setting.ts';

/** Where known senders say what happened. */
export interface Sender {
  readonly name: string;
  /** Whether a request comes from this sender, by its headers. @param headers the first value of each, names in lower case */
  readonly sent: (headers: ReadonlyMap<string, string>) => boolean;
  /** The parts of settings `event_type`. The first that finds something counts. */
  readonly types: readonly (readonly EventTypePart[])[];
}

const sender = (name: string, sent: Sender['sent'], ...types: string[]): Sender => ({
  name,
  sent,
  types: types.map(partsOfSetting),
});
const withHeader =
  (...names: string[]): Sender['sent'] =>
  (headers) =>
    names.some((name) => headers.has(name));
const withAgent =
  (...agents: string[]): Sender['sent'] =>
  (headers) =>
    agents.some((agent) => headers.get('user-agent')?.startsWith(agent));

// A form of GitHub's or Slack's has the event in the field `payload`.
const github = sender(
  'GitHub',
  withHeader('x-github-event'),
  'header:x-github-event+body:/action+body:/payload/action',
);
const githubLike = [
  // These send X-GitHub-Event, too.
  sender('Forgejo', withHeader('x-forgejo-event'), 'header:x-forgejo-event+body:/action'),
  sender('Gitea', withHeader('x-gitea-event'), 'header:x-gitea-event+body:/action'),
  sender('Gogs', withHeader('x-gogs-event'), 'header:x-gogs-event+body:/action'),
  github,
  sender(
    'Meta',
    withAgent('facebookexternalua', 'Webhooks/1.0'),
    'body:/object+body:/entry/0/changes/0/field',
  ),
];
const gitlab = sender(
  'GitLab',
  withHeader('x-gitlab-event'),
  'body:/object_kind+body:/object_attributes/action',
  'body:/event_name',
  'header:x-gitlab-event',
);
const slack = sender(
  'Slack',
  withHeader('x-slack-signature'),
  'body:/event/type+body:/event/subtype',
  'body:/payload/type',
  'form:command',
  'body:/type',
);
const shopify = sender('Shopify', withHeader('x-shopify-topic'), 'header:x-shopify-topic');
const stripe = sender('Stripe', withHeader('stripe-signature'), 'body:/type');

const everySender: readonly Sender[] = [
  ...githubLike,
  gitlab,
  slack,
  shopify,
  stripe,
  sender('Alertmanager', withAgent('Alertmanager/'), 'body:/status'),
  sender('Amazon SNS', withHeader('x-amz-sns-message-type'), 'header:x-amz-sns-message-type'),
  sender(
    'Asana',
    withHeader('x-hook-signature'),
    'body:/events/0/resource/resource_type+body:/events/0/action',
  ),
  sender(
    'Azure Event Grid',
    withHeader('aeg-event-type'),
    'body:/0/eventType',
    'body:/type',
    'header:aeg-event-type',
  ),
  sender('Bitbucket', withHeader('x-event-key'), 'header:x-event-key'),
  sender('Buildkite', withHeader('x-buildkite-event'), 'header:x-buildkite-event'),
  sender('Calendly', withHeader('calendly-webhook-signature'), 'body:/event'),
  sender('CircleCI', withHeader('circleci-event-type'), 'header:circleci-event-type'),
  sender('Discord', withHeader('x-signature-ed25519'), 'body:/event/type'),
  sender('Docusign', withHeader('x-docusign-signature-1'), 'body:/event'),
  sender('Google', withHeader('x-goog-resource-state'), 'header:x-goog-resource-state'),
  sender('Grafana', withAgent('Grafana'), 'body:/status', 'body:/state'),
  sender('Heroku', withHeader('heroku-webhook-hmac-sha256'), 'body:/resource+body:/action'),
  sender('HubSpot', withHeader('x-hubspot-signature', 'x-hubspot-signature-v3'), 'body:/0/subscriptionType'),
  sender('Jira', withHeader('x-atlassian-webhook-identifier'), 'body:/webhookEvent'),
  sender('Linear', withHeader('linear-signature', 'linear-event'), 'body:/type+body:/action'),
  sender('Netlify', withHeader('x-netlify-event'), 'header:x-netlify-event'),
  sender('Notion', withHeader('x-notion-signature'), 'body:/type'),
  sender('PagerDuty', withHeader('x-pagerduty-signature'), 'body:/event/event_type'),
  sender('PayPal', withHeader('paypal-transmission-id'), 'body:/event_type'),
  sender('Razorpay', withHeader('x-razorpay-event-id'), 'body:/event'),
  sender('SendGrid', withHeader('x-twilio-email-event-webhook-signature'), 'body:/0/event'),
  sender('Sentry', withHeader('sentry-hook-resource'), 'header:sentry-hook-resource+body:/action'),
  sender('Square', withHeader('x-square-hmacsha256-signature'), 'body:/type'),
  sender('Trello', withHeader('x-trello-webhook'), 'body:/action/type'),
  sender(
    'Twilio',
    withHeader('x-twilio-signature'),
    'form:EventType',
    'form:CallStatus',
    'form:MessageStatus',
    'form:SmsStatus',
  ),
  sender(
    'Twitch',
    withHeader('twitch-eventsub-subscription-type'),
    'header:twitch-eventsub-subscription-type',
  ),
  sender('Typeform', withHeader('typeform-signature'), 'body:/event_type'),
  sender('Vercel', withHeader('x-vercel-signature'), 'body:/type'),
  sender('WooCommerce', withHeader('x-wc-webhook-topic'), 'header:x-wc-webhook-topic'),
  sender('Zendesk', withHeader('x-zendesk-webhook-signature'), 'body:/type'),
  sender('Zoom', withHeader('x-zm-signature'), 'body:/event'),
];

/** Who may have sent a request. The scheme limits it: what a request says of itself does not make a verified Stripe event GitHub's. */
export const sendersOf: Readonly<Record<SignatureScheme, readonly Sender[]>> = {
  // Others sign like GitHub, but do not send X-GitHub-Event.
  github: githubLike,
  gitlab: [gitlab],
  slack: [slack],
  shopify: [shopify],
  stripe: [stripe],
  'standard-webhooks': everySender,
  hmac: everySender,
  token: everySender,
  none: everySender,
};

/** Where senders often say what happened: CloudEvents first, then usual names of members. */
export const usualTypes: Sender['types'] = [
  'header:ce-type',
  'body:/type',
  'body:/event_type',
  'body:/eventType',
  'body:/event',
  'body:/event/type',
  'body:/event-data/event',
  'body:/0/type',
  'body:/0/eventType',
  'body:/0/event',
  'header:x-event-type',
  'header:x-event',
  'body:/topic',
  'body:/action',
].map(partsOfSetting);
