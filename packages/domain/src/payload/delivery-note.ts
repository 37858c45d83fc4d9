/** What became of a payload, as far as its entry in board memory mentions it. */
export interface DeliveryMentioned {
  /** Why no agent was told; null: nothing was filtered. */
  readonly filtered: string | null;
  /** How many payloads are told together; null: it is told alone. */
  readonly together: number | null;
}

export const filteredTag = 'delivery:filtered';
export const coalescedTag = 'delivery:coalesced';

/** The tags of an entry that mention it, by which agents and people find such entries. */
export const deliveryTags = ({ filtered, together }: DeliveryMentioned): string[] => [
  ...(together === null ? [] : [coalescedTag]),
  ...(filtered === null ? [] : [filteredTag]),
];

/** The note of an entry that mentions it; null: there is nothing to mention. */
export const deliveryNote = ({ filtered, together }: DeliveryMentioned): string | null => {
  if (filtered !== null) return `filtered: ${filtered}`;
  if (together === null) return null;
  return `told together with ${together - 1} ${together === 2 ? 'other' : 'others'}`;
};
