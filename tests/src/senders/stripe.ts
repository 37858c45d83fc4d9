import Stripe from 'stripe';
import type { Delivery } from './post.ts';

/** A delivery as Stripe sends it, signed by Stripe's own library. */
export const stripeDelivery = (url: string, secret: string, event: unknown): Delivery => {
  const body = JSON.stringify(event, null, 2);
  return {
    url,
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload: body, secret }),
    },
  };
};
