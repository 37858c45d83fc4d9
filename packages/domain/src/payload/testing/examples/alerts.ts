import { type Example, json } from './example.ts';

const time = '2026-03-05T12:00:00Z';
const alert = {
  status: 'firing',
  labels: { alertname: 'DiskAlmostFull', instance: 'db-1:9100', severity: 'critical' },
  annotations: { summary: 'The disk of db-1 is 95 % full.', description: 'It is full in 4 hours.' },
  startsAt: time,
  endsAt: '0001-01-01T00:00:00Z',
};

/** Monitoring and clouds. The shapes are those that the senders document; the values are our own. */
export const alerts: readonly Example[] = [
  json('Alertmanager', 'firing', 'user-agent: Alertmanager/0.28.0', '/alerts/0/annotations/summary', {
    receiver: 'agents',
    status: 'firing',
    alerts: [alert],
    groupLabels: { alertname: 'DiskAlmostFull' },
    commonLabels: alert.labels,
    externalURL: 'http://alertmanager.example',
    version: '4',
    truncatedAlerts: 0,
  }),
  json('Grafana', 'resolved', 'user-agent: Grafana', '/title', {
    receiver: 'agents',
    status: 'resolved',
    orgId: 1,
    alerts: [{ ...alert, status: 'resolved', values: { B: 22 } }],
    title: '[RESOLVED] DiskAlmostFull (db-1)',
    state: 'ok',
    message: 'Resolved: the disk of db-1.',
  }),
  json('PagerDuty', 'incident.triggered', 'x-pagerduty-signature: [redacted]', '/event/data/title', {
    event: {
      id: '01BVGWH8R4',
      event_type: 'incident.triggered',
      occurred_at: time,
      agent: { type: 'user_reference', summary: 'Ada Example' },
      data: {
        id: 'PGR0VU2',
        title: 'The checkout answers 500',
        status: 'triggered',
        urgency: 'high',
        service: { summary: 'Shop' },
      },
    },
  }),
  json('Sentry', 'issue.created', 'sentry-hook-resource: issue', '/data/issue/title', {
    action: 'created',
    data: {
      issue: {
        id: '1170820242',
        title: "TypeError: Cannot read properties of undefined (reading 'total')",
        culprit: 'checkout.ts in pay',
        level: 'error',
        project: { slug: 'shop' },
      },
    },
    actor: { type: 'application', name: 'Sentry' },
  }),
  json('Sentry', 'event_alert.triggered', 'sentry-hook-resource: event_alert', '/data/triggered_rule', {
    action: 'triggered',
    data: {
      event: { title: 'Error: timeout', level: 'error', culprit: 'pay' },
      triggered_rule: 'Many errors of one kind',
    },
  }),
  json('Amazon SNS', 'Notification', 'x-amz-sns-message-type: Notification', '/Subject', {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
    Subject: 'ALARM: "HighLatency" in EU (Frankfurt)',
    Message: '{"AlarmName":"HighLatency","NewStateValue":"ALARM"}',
    Timestamp: time,
  }),
  json(
    'Amazon SNS',
    'SubscriptionConfirmation',
    'x-amz-sns-message-type: SubscriptionConfirmation',
    '/SubscribeURL',
    {
      Type: 'SubscriptionConfirmation',
      MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
      Token: '2336412f37',
      TopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
      Message:
        'You have chosen to subscribe to the topic. To confirm the subscription, visit the SubscribeURL included in this message.',
      SubscribeURL: 'https://sns.eu-central-1.amazonaws.example/?Action=ConfirmSubscription&Token=2336412f37',
      Timestamp: time,
    },
  ),
  json('Azure Event Grid', 'Microsoft.Storage.BlobCreated', 'aeg-event-type: Notification', '/0/subject', [
    {
      id: '831e1650-001e-001b-66ab-eeb76e069631',
      topic: '/subscriptions/1/resourceGroups/shop',
      subject: '/blobServices/default/containers/exports/blobs/orders.csv',
      eventType: 'Microsoft.Storage.BlobCreated',
      eventTime: time,
      data: { api: 'PutBlob', contentType: 'text/csv', contentLength: 524_288 },
    },
  ]),
  json('Heroku', 'release.create', 'heroku-webhook-hmac-sha256: [redacted]', '/data/status', {
    action: 'create',
    resource: 'release',
    actor: { email: 'ada@example.com' },
    data: { app: { name: 'shop' }, description: 'Deploy 1a2b3c', status: 'failed', version: 12 },
    created_at: time,
  }),
];
