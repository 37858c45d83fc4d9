import {
  type CoalesceRule,
  type ContentSource,
  contentOf,
  tokensOf,
  valueAt,
} from '@mission-control/contracts';

/**
 * What the payload has in common with others by a rule whose key is a JSON pointer, as a JSON text; null: the rule names no key, so all
 * payloads of the webhook belong together. The value of a key in CEL is found in `@mission-control/filters`.
 *
 * @returns undefined if the payload has no text, number or boolean where the rule looks: then it is told alone. So is one with a number that
 * JavaScript may have rounded, because two different ids could become the same
 */
export const coalescingKeyOf = (
  payload: ContentSource,
  { key: pointer }: Pick<CoalesceRule, 'key'>,
): string | null | undefined => {
  if (pointer === null) return null;
  const tokens = tokensOf(pointer);
  const { decoded } = contentOf(payload);
  if (!tokens || !('value' in decoded)) return undefined;
  const value = valueAt(decoded.value, tokens);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : JSON.stringify(value);
    default:
      return undefined;
  }
};
