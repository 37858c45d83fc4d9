import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

interface Definition {
  readonly name: string;
  readonly examples: readonly Record<string, unknown>[];
}

/** GitHub's own sample of a `push`: a branch with one commit, about 7.6 kB. */
export const githubPush = (): Record<string, unknown> => {
  const definitions = require('@octokit/webhooks-examples') as readonly Definition[];
  const push = definitions.find((definition) => definition.name === 'push');
  const example = push?.examples.find(({ commits }) => Array.isArray(commits) && commits.length > 0);
  if (!example) throw new Error('The GitHub samples hold no push with commits.');
  return structuredClone(example);
};

/** A `customer.subscription.created` as Stripe sends it: the members of its Event and Subscription objects. */
export const stripeSubscriptionCreated = (eventId: string, createdSeconds: number) => ({
  id: eventId,
  object: 'event',
  api_version: '2026-02-25',
  created: createdSeconds,
  livemode: false,
  pending_webhooks: 1,
  request: { id: 'req_9fX3mVQ1sZkT2a', idempotency_key: '5b0f7c7e-6d5c-4a0d-8f32-9a1f1f6f8d11' },
  type: 'customer.subscription.created',
  data: {
    object: {
      id: 'sub_1QxT7bK2eZvKYlo2C3dE4fGh',
      object: 'subscription',
      application: null,
      application_fee_percent: null,
      automatic_tax: { enabled: false, liability: null },
      billing_cycle_anchor: createdSeconds,
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
      collection_method: 'charge_automatically',
      created: createdSeconds,
      currency: 'eur',
      customer: 'cus_RqW8hX2nP0aLmZ',
      days_until_due: null,
      default_payment_method: 'pm_1QxT7aK2eZvKYlo2AbCdEfGh',
      description: 'Team plan, yearly',
      discounts: [],
      items: {
        object: 'list',
        data: [
          {
            id: 'si_RqW8iY3oQ1bMnA',
            object: 'subscription_item',
            created: createdSeconds,
            metadata: {},
            price: {
              id: 'price_1PzYearlyTeam',
              object: 'price',
              active: true,
              currency: 'eur',
              unit_amount: 49_900,
              unit_amount_decimal: '49900',
              recurring: { interval: 'year', interval_count: 1, usage_type: 'licensed' },
              product: 'prod_TeamPlan',
              type: 'recurring',
            },
            quantity: 12,
            subscription: 'sub_1QxT7bK2eZvKYlo2C3dE4fGh',
          },
        ],
        has_more: false,
        total_count: 1,
        url: '/v1/subscription_items?subscription=sub_1QxT7bK2eZvKYlo2C3dE4fGh',
      },
      latest_invoice: 'in_1QxT7bK2eZvKYlo2IjKlMnOp',
      livemode: false,
      metadata: { signup_source: 'website' },
      start_date: createdSeconds,
      status: 'active',
      trial_end: null,
      trial_start: null,
    },
  },
});
