import { type CoalescedParts, coalescedMessage1 } from './coalesced-1.ts';

/**
 * The second template for several payloads. Its previews follow the rules of the fourth template for one payload, and it ends with the read links of those that have a preview. They are outside the fence, because no
 * sender has a part in them, and have the numbers of the payloads in the list.
 */
export const coalescedMessage2 = (parts: CoalescedParts): string => {
  const links = parts.entries.flatMap(({ payloadId }, index) => {
    const link = parts.readLinks.get(payloadId);
    return link === undefined ? [] : [`${index + 1} GET ${link}`];
  });
  const text = coalescedMessage1(parts);
  if (links.length === 0) return text;
  return [text, 'To read one without a token, for a short time, by its number in the list:', ...links].join(
    '\n',
  );
};
