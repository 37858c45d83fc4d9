import { encryptedSecretSchema } from '@mission-control/contracts';

/** Members that are secret, or from which a secret could be found or decrypted. */
const secret = new Set(['secret', 'token', 'tokenHash', 'wrappedKey', 'privateKey']);

const redacted = '[redacted]';

/**
 * The data of an event without its secrets. Whatever looks like an encrypted secret is left out as well, under whatever name. So is the body
 * of an arrival, which is not secret but large.
 */
export const redactedData = (data: object): Record<string, unknown> => {
  const { body, ...rest } = data as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(rest).map(([name, value]) => [
      name,
      secret.has(name) && value !== null ? redacted : withoutSecrets(value),
    ]),
  );
};

const withoutSecrets = (value: unknown): unknown => {
  if (typeof value === 'string') return encryptedSecretSchema.safeParse(value).success ? redacted : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner)]));
};
