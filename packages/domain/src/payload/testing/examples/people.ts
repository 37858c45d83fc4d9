import { type Example, form, json } from './example.ts';

const time = '2026-03-05T12:00:00Z';

/** Chats, calls, mail, forms and calendars. The shapes are those that the senders document; the values are our own. */
export const people: readonly Example[] = [
  json('Slack', 'app_mention', 'x-slack-signature: [redacted]', '/event/text', {
    type: 'event_callback',
    team_id: 'T061EG9R6',
    api_app_id: 'A0MDYCDME',
    event: {
      type: 'app_mention',
      user: 'U061F7AUR',
      text: '<@U0LAN0Z89> is the shop down?',
      ts: '1772712000.000100',
      channel: 'C0LAN2Q65',
    },
    event_id: 'Ev0MDYGDKJ',
    event_time: 1772712000,
  }),
  form('Slack', 'deploy', 'x-slack-signature: [redacted]', '/text', {
    team_id: 'T0001',
    channel_name: 'releases',
    user_name: 'ada',
    command: '/deploy',
    text: 'shop to production',
  }),
  form('Slack', 'block_actions', 'x-slack-signature: [redacted]', '/payload/actions/0/action_id', {
    payload: {
      type: 'block_actions',
      user: { id: 'UA8RXUSPL', username: 'ada' },
      actions: [{ action_id: 'approve_refund', block_id: 'b1', value: 'order-9999', type: 'button' }],
    },
  }),
  form('Twilio', 'failed', 'x-twilio-signature: [redacted]', '/ErrorCode', {
    MessageSid: 'SM1',
    MessageStatus: 'failed',
    ErrorCode: '30003',
    To: '+15558675310',
    From: '+15005550006',
  }),
  form('Twilio', 'received', 'x-twilio-signature: [redacted]', '/Body', {
    SmsMessageSid: 'SM2',
    SmsStatus: 'received',
    Body: 'Where is my order #9999?',
    From: '+15558675310',
  }),
  json('SendGrid', 'bounce', 'x-twilio-email-event-webhook-signature: [redacted]', '/0/reason', [
    {
      email: 'grace@example.com',
      timestamp: 1772712000,
      event: 'bounce',
      reason: '500 unknown recipient',
      status: '5.0.0',
      type: 'bounce',
    },
  ]),
  json('Discord', 'APPLICATION_AUTHORIZED', 'x-signature-ed25519: [redacted]', '/event/data/user/username', {
    version: 1,
    application_id: '1234560123453231555',
    type: 1,
    event: {
      type: 'APPLICATION_AUTHORIZED',
      timestamp: time,
      data: { integration_type: 1, user: { id: '1', username: 'ada' }, scopes: ['bot'] },
    },
  }),
  json('Typeform', 'form_response', 'typeform-signature: [redacted]', '/form_response/answers/0/text', {
    event_id: 'LtWXD3crgy',
    event_type: 'form_response',
    form_response: {
      form_id: 'lT4Z3j',
      submitted_at: time,
      definition: { title: 'How was your order?' },
      answers: [
        { type: 'text', text: 'The boots are too small.' },
        { type: 'number', number: 2 },
      ],
    },
  }),
  json(
    'Calendly',
    'invitee.canceled',
    'calendly-webhook-signature: [redacted]',
    '/payload/cancellation/reason',
    {
      event: 'invitee.canceled',
      created_at: time,
      payload: {
        name: 'Grace Example',
        email: 'grace@example.com',
        scheduled_event: { name: 'Product demo', start_time: '2026-03-06T09:00:00Z' },
        cancellation: { canceled_by: 'Grace Example', reason: 'I am travelling that day.' },
      },
    },
  ),
  json('Zoom', 'meeting.ended', 'x-zm-signature: [redacted]', '/payload/object/topic', {
    event: 'meeting.ended',
    event_ts: 1772712000000,
    payload: {
      account_id: 'AAA',
      object: { id: '1234567890', topic: 'Weekly review', start_time: time, duration: 60 },
    },
  }),
  json('HubSpot', 'contact.propertyChange', 'x-hubspot-signature-v3: [redacted]', '/0/propertyValue', [
    {
      objectId: 1246965,
      propertyName: 'lifecyclestage',
      propertyValue: 'customer',
      subscriptionType: 'contact.propertyChange',
      occurredAt: 1772712000000,
    },
  ]),
  json(
    'Twitch',
    'stream.online',
    'twitch-eventsub-subscription-type: stream.online',
    '/event/broadcaster_user_name',
    {
      subscription: { id: 'f1c2a387', type: 'stream.online', status: 'enabled', version: '1' },
      event: { id: '9001', broadcaster_user_name: 'Ada_Streams', type: 'live', started_at: time },
    },
  ),
  json(
    'Meta',
    'whatsapp_business_account.messages',
    'user-agent: facebookexternalua',
    '/entry/0/changes/0/value/messages/0/text/body',
    {
      object: 'whatsapp_business_account',
      entry: [
        {
          id: '1',
          changes: [
            {
              field: 'messages',
              value: {
                messaging_product: 'whatsapp',
                messages: [{ from: '16505551234', type: 'text', text: { body: 'Where is my order?' } }],
              },
            },
          ],
        },
      ],
    },
  ),
  json(
    'Zendesk',
    'zen:event-type:ticket.status_changed',
    'x-zendesk-webhook-signature: [redacted]',
    '/detail/subject',
    {
      type: 'zen:event-type:ticket.status_changed',
      time,
      detail: { id: '5158', subject: 'The boots are too small', status: 'OPEN', priority: 'HIGH' },
      event: { current: 'OPEN', previous: 'PENDING' },
    },
  ),
];
