import type { WebhookPayloadReceived } from '../events/payload.ts';
import type { SignatureScheme, WebhookSettingsIn } from '../events/webhook-settings.ts';
import type { Content } from './content/content.ts';
import { tokensOf, valueAt } from './json-pointer.ts';

/** Where the senders of a scheme put the account that caused the event: the first of these that is there. */
const usual: Readonly<Partial<Record<SignatureScheme, readonly string[]>>> = {
  github: ['/sender/login'],
  gitlab: ['/user/username', '/user_username'],
  slack: ['/event/user', '/user/id', '/user_id'],
};

/** Schemes that do not say who the sender is: the places of all known ones. */
const anywhere = Object.values(usual).flat();

/** The form of GitHub and Slack has its JSON in a field. */
const inForm = '/payload';

const named = (value: unknown): string | null =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : null;

/**
 * The account whose action the payload reports: a pure function of the event and of the webhook's setting at receipt. null: the payload
 * does not say.
 */
export const actorOf = (
  { verification }: Pick<WebhookPayloadReceived, 'verification'>,
  { actor }: Pick<WebhookSettingsIn['event'], 'actor'>,
  { decoded }: Content,
): string | null => {
  if (!('value' in decoded)) return null;
  const pointers = actor === null ? (usual[verification.scheme] ?? anywhere) : [actor];
  const all = decoded.kind === 'json' ? pointers : pointers.flatMap((one) => [one, `${inForm}${one}`]);
  for (const pointer of all) {
    const found = named(valueAt(decoded.value, tokensOf(pointer) ?? []));
    if (found !== null) return found;
  }
  return null;
};
