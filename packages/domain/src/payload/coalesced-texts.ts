import {
  type CoalescedEntry,
  type CoalescedParts,
  coalescedEntry1,
  coalescedEntryOf,
  coalescedMessage1,
} from './templates/coalesced-1.ts';
import { coalescedMessage2 } from './templates/coalesced-2.ts';

export type { CoalescedEntry };

interface CoalescedTemplate {
  readonly entry: typeof coalescedEntry1;
  readonly message: (parts: CoalescedParts) => string;
}

/**
 * The message that tells an agent about several payloads, by template version. These are not the versions of `agentMessageTemplates`. The same
 * parts always give the same bytes. A change that alters bytes needs a new version.
 */
export const coalescedTemplates: ReadonlyMap<number, CoalescedTemplate> = new Map([
  [1, { entry: coalescedEntry1, message: coalescedMessage1 }],
  [2, { entry: coalescedEntryOf, message: coalescedMessage2 }],
]);

/** The template version that new attempts use. */
export const coalescedTemplate = 2;
