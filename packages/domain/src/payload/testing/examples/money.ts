import { type Example, json } from './example.ts';

const created = 1_772_712_000;
const stripe = (type: string, member: string, object: object): Example =>
  json('Stripe', type, 'stripe-signature: [redacted]', `/data/object/${member}`, {
    id: 'evt_1QxT7bK2eZvKYlo2',
    object: 'event',
    api_version: '2026-02-25',
    created,
    data: { object },
    livemode: true,
    pending_webhooks: 1,
    request: { id: 'req_9fX3mVQ1sZkT2a', idempotency_key: null },
    type,
  });
const customer = { id: 115310627, email: 'grace@example.com', first_name: 'Grace', last_name: 'Example' };

/** Payments, shops and contracts. The shapes are those that the senders document; the values are our own. */
export const money: readonly Example[] = [
  stripe('payment_intent.payment_failed', 'last_payment_error/message', {
    id: 'pi_3QxT7b',
    object: 'payment_intent',
    amount: 4_200,
    currency: 'eur',
    customer: 'cus_RqW8hX2nP0aLmZ',
    status: 'requires_payment_method',
    last_payment_error: {
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      message: 'Your card has insufficient funds.',
    },
  }),
  stripe('invoice.paid', 'amount_paid', {
    id: 'in_1QxT7b',
    object: 'invoice',
    amount_due: 12_000,
    amount_paid: 12_000,
    currency: 'eur',
    customer_email: 'grace@example.com',
    status: 'paid',
    lines: { object: 'list', data: [{ id: 'il_1', amount: 12_000, description: 'Team plan, yearly' }] },
  }),
  stripe('charge.dispute.created', 'reason', {
    id: 'dp_1QxT7b',
    object: 'dispute',
    amount: 990,
    currency: 'usd',
    reason: 'fraudulent',
    status: 'needs_response',
    evidence_details: { due_by: created + 604_800 },
  }),
  stripe('customer.subscription.deleted', 'status', {
    id: 'sub_1QxT7b',
    object: 'subscription',
    cancel_at_period_end: false,
    currency: 'eur',
    customer: 'cus_RqW8hX2nP0aLmZ',
    status: 'canceled',
  }),
  json(
    'Shopify',
    'orders/create',
    'x-shopify-topic: orders/create; x-shopify-shop-domain: acme.myshopify.example',
    '/total_price',
    {
      id: 820982911946154500,
      name: '#9999',
      email: 'grace@example.com',
      created_at: '2026-03-05T12:00:00-05:00',
      currency: 'USD',
      financial_status: 'paid',
      total_price: '403.00',
      customer,
      line_items: [
        { id: 866550311766439000, title: 'Big Brown Bear Boots', quantity: 1, price: '199.00' },
        { id: 141249953214522980, title: 'Socks', quantity: 2, price: '102.00' },
      ],
    },
  ),
  json('Shopify', 'orders/cancelled', 'x-shopify-topic: orders/cancelled', '/cancel_reason', {
    id: 820982911946154500,
    name: '#9999',
    cancel_reason: 'customer',
    cancelled_at: '2026-03-05T13:00:00-05:00',
    customer,
  }),
  json('PayPal', 'PAYMENT.CAPTURE.DENIED', 'paypal-transmission-id: 69cd13f0', '/summary', {
    id: 'WH-58D329510W468432D',
    event_type: 'PAYMENT.CAPTURE.DENIED',
    summary: 'A payment capture for $ 8.50 USD was denied.',
    resource: { id: '4NH51096R9', status: 'DECLINED', amount: { currency_code: 'USD', value: '8.50' } },
  }),
  json(
    'Square',
    'payment.updated',
    'x-square-hmacsha256-signature: [redacted]',
    '/data/object/payment/amount_money/amount',
    {
      merchant_id: '6SSW7HV8K2ST5',
      type: 'payment.updated',
      data: {
        type: 'payment',
        id: 'hYy9pRFVxpDsO1FB05SunFWUe9JZY',
        object: {
          payment: {
            amount_money: { amount: 1_500, currency: 'USD' },
            status: 'COMPLETED',
            source_type: 'CARD',
          },
        },
      },
    },
  ),
  json('Razorpay', 'payment.failed', 'x-razorpay-event-id: 1', '/payload/payment/entity/error_description', {
    entity: 'event',
    event: 'payment.failed',
    payload: {
      payment: {
        entity: {
          id: 'pay_1',
          amount: 50_000,
          currency: 'INR',
          status: 'failed',
          error_description: 'The bank declined the payment.',
        },
      },
    },
    created_at: created,
  }),
  json('WooCommerce', 'order.updated', 'x-wc-webhook-topic: order.updated', '/status', {
    id: 727,
    number: '727',
    status: 'refunded',
    currency: 'EUR',
    total: '29.35',
    billing: { email: 'grace@example.com', first_name: 'Grace' },
    line_items: [{ id: 315, name: 'Woo Single', quantity: 2 }],
  }),
  json(
    'Docusign',
    'envelope-declined',
    'x-docusign-signature-1: [redacted]',
    '/data/envelopeSummary/emailSubject',
    {
      event: 'envelope-declined',
      generatedDateTime: '2026-03-05T12:00:00Z',
      data: {
        envelopeId: '44ff7c13',
        envelopeSummary: { status: 'declined', emailSubject: 'Please sign the lease', voidedReason: '' },
      },
    },
  ),
];
