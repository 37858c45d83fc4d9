import type { Sample } from './scheme.ts';

export const sampleText = 'This is a test delivery from Mission Control. Nothing happened.';

export const jsonSample = (body: object, headers: Record<string, string> = {}): Sample => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(body, null, 2)),
});

/** For a scheme that does not say who the sender is. */
export const genericSample = ({ deliveryId }: { readonly deliveryId: string }): Sample =>
  jsonSample({ event: 'test', id: deliveryId, message: sampleText });
